import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BangerError } from "../core/api/errors.ts";
import { bytesOf, concat, Fields, readList, record, shownText } from "./record.ts";

const records = fc.array(fc.record({ tag: fc.integer({ min: 0, max: 255 }), body: fc.uint8Array({ maxLength: 300 }) }));

/** Runs hostile input: it may be refused with GUEST_PROTOCOL and in no other way. */
function orViolation<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    expect((error as BangerError).code).toBe("GUEST_PROTOCOL");
    return null;
  }
}

test("a record is tag, big-endian length and body", () => {
  expect(record(0x81, bytesOf.u32(258), bytesOf.u8(7))).toEqual(Uint8Array.of(0x81, 0, 0, 0, 5, 0, 0, 1, 2, 7));
});

test("lists come back as they were written", () => {
  fc.assert(
    fc.property(records, (list) => {
      expect(readList(concat(...list.map(({ tag, body }) => record(tag, body)))).map((r) => ({ ...r }))).toEqual(list);
    }),
  );
});

test("no bytes do more than break the protocol", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const list = orViolation(() => readList(bytes));
      const total = list?.reduce((sum, { body }) => sum + body.length + 5, 0) ?? bytes.length;
      expect(total).toBe(bytes.length);
    }),
  );
});

test("a changed byte gives another list or a violation", () => {
  fc.assert(
    fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, where, change) => {
      const bytes = concat(...list.map(({ tag, body }) => record(tag, body)));
      if (bytes.length === 0) return;
      bytes[where % bytes.length]! ^= change;
      orViolation(() => readList(bytes));
    }),
  );
});

describe("fields", () => {
  const fields = new Fields(
    concat(
      record(1, bytesOf.u64(2n ** 53n)),
      record(2, bytesOf.u16(0xfffe)),
      record(9, bytesOf.u8(1)),
      record(9, bytesOf.u8(2)),
    ),
    "a test",
  );

  test("have exact widths", () => {
    expect(fields.u16(2)).toBe(0xfffe);
    expect(() => fields.u32(2)).toThrow("field 2 of a test has 2 bytes, not 4");
    expect(() => fields.u8(3)).toThrow("a test lacks field 3");
  });

  test("keep to numbers that JavaScript can count to", () => {
    expect(() => fields.u64(1)).toThrow("absurd number");
    expect(fields.bigU64(1)).toBe(2n ** 53n);
  });

  test("of a repeated one the last counts", () => {
    expect(fields.u8(9)).toBe(2);
  });
});

describe("a guest's text", () => {
  const shown = (text: string, limit = 50): string => shownText(bytesOf.text(text), limit);

  test("keeps letters of any script", () => expect(shown("Größe 大小 🙂")).toBe("Größe 大小 🙂"));
  test("loses what terminals obey", () => {
    expect(shown("\x1b]0;x\x07a\nb\r\u009bc\u202ed\u2028e")).toBe("�]0;x�a�b��c�d�e");
  });
  test("is cut to its limit", () => {
    expect(shown("x".repeat(1_000_000))).toBe(`${"x".repeat(50)}…`);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = shownText(bytes, 10);
        expect(text.length).toBeLessThanOrEqual(11);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
  });
});
