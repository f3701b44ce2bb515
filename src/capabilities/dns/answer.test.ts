import { describe, expect, test } from "bun:test";
import { decode, encode, type OptAnswer, type Packet, type RecordType } from "dns-packet";
import fc from "fast-check";
import { answer, tcpBytes, udpBytes } from "./answer.ts";
import { Zone } from "./zone.ts";

const zone = new Zone();
zone.set("1", "web", "172.16.0.2");
zone.set("2", "lone", null);

const opt = (more: Partial<OptAnswer> = {}): OptAnswer => ({
  type: "OPT",
  name: ".",
  udpPayloadSize: 4096,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
  ...more,
});

function query(name: string, type: string = "A", more: Packet = {}): Buffer {
  return encode({ type: "query", id: 4711, flags: 0x100, questions: [{ type: type as RecordType, name }], ...more });
}

function ask(name: string, type?: string, more?: Packet) {
  const packet = decode(answer(query(name, type, more), zone, udpBytes)!);
  const { rcode } = packet as unknown as { rcode: string };
  return { ...packet, rcode, data: packet.answers!.map((record) => ("data" in record ? record.data : null)) };
}

describe("answers", () => {
  test.each([
    ["web.vm", "A", "NOERROR", ["172.16.0.2"]],
    ["WeB.Vm", "A", "NOERROR", ["172.16.0.2"]],
    ["web.vm", "ANY", "NOERROR", ["172.16.0.2"]],
    ["web.vm", "AAAA", "NOERROR", []],
    ["web.vm", "MX", "NOERROR", []],
    ["web.vm", "UNKNOWN_65", "NOERROR", []],
    ["lone.vm", "A", "NOERROR", []],
    ["vm", "A", "NOERROR", []],
    ["none.vm", "A", "NXDOMAIN", []],
    ["none.vm", "AAAA", "NXDOMAIN", []],
    ["a.web.vm", "A", "NXDOMAIN", []],
    ["\u212aite.vm", "A", "NXDOMAIN", []],
    ["doctor.banger.vm", "A", "NOERROR", ["127.0.0.1"]],
    ["2.0.16.172.in-addr.arpa", "PTR", "NOERROR", ["web.vm"]],
    ["2.0.16.172.IN-ADDR.arpa", "ptr", "NOERROR", ["web.vm"]],
    ["2.0.16.172.in-addr.arpa", "A", "NOERROR", []],
    ["3.0.16.172.in-addr.arpa", "PTR", "REFUSED", []],
    ["example.com", "A", "REFUSED", []],
    ["vmx", "A", "REFUSED", []],
    [".", "NS", "REFUSED", []],
    ["vm", "AXFR", "REFUSED", []],
    ["web.vm", "IXFR", "REFUSED", []],
  ])("%s %s: %s %j", (name, type, rcode, data) => {
    expect(ask(name, type.toUpperCase())).toMatchObject({ rcode, data });
  });

  test("id, case and the wish for recursion come back; only what is ours is authoritative", () => {
    const given = ask("wEb.vM");
    expect(given).toMatchObject({
      id: 4711,
      flag_qr: true,
      flag_aa: true,
      flag_rd: true,
      flag_ra: false,
      flag_tc: false,
    });
    expect(given.questions![0]!.name).toBe("wEb.vM");
    expect(given.answers![0]).toMatchObject({ name: "wEb.vM", ttl: 0 });
    expect(ask("example.com").flag_aa).toBe(false);
  });

  test("what is not there says how long that holds: not at all", () => {
    for (const given of [ask("none.vm"), ask("web.vm", "AAAA")])
      expect(given.authorities).toMatchObject([{ type: "SOA", name: "vm", ttl: 0, data: { minimum: 0 } }]);
  });

  test("EDNS is answered where it was asked with; an unknown version is refused as such", () => {
    expect(ask("web.vm").additionals).toEqual([]);
    expect(ask("web.vm", "A", { additionals: [opt()] }).additionals).toMatchObject([
      { type: "OPT", udpPayloadSize: 1232, extendedRcode: 0 },
    ]);
    const odd = ask("web.vm", "A", { additionals: [opt({ ednsVersion: 1 })] });
    expect(odd).toMatchObject({ rcode: "NOERROR", data: [], additionals: [{ extendedRcode: 1, ednsVersion: 0 }] });
  });

  test("a stopped VM has no name any more, and a name goes with its VM alone", () => {
    const other = new Zone();
    other.set("1", "web", "127.77.0.1");
    other.set("1", "web", "127.77.0.2");
    expect([other.nameOf("127.77.0.1"), other.nameOf("127.77.0.2")]).toEqual([null, "web"]);
    other.remove("2");
    expect(other.find("web")).not.toBeNull();
    other.remove("1");
    other.remove("1");
    expect([other.find("web"), other.nameOf("127.77.0.2"), other.size]).toEqual([null, null, 0]);
  });
});

describe("what is no good question", () => {
  const rcodeOf = (bytes: Buffer): string | null => {
    const given = answer(bytes, zone, udpBytes);
    return given === null ? null : (decode(given) as unknown as { rcode: string }).rcode;
  };
  const patched = (at: number, value: number): Buffer => {
    const bytes = query("web.vm");
    bytes[at] = value;
    return bytes;
  };

  test.each([
    ["nothing at all", Buffer.alloc(0), null],
    ["half a header", query("web.vm").subarray(0, 11), null],
    ["a response", patched(2, 0x80), null],
    ["our own answer", answer(query("web.vm"), zone, udpBytes)!, null],
    ["our own error", answer(patched(5, 2), zone, udpBytes)!, null],
    ["another opcode", patched(2, 0x28), "NOTIMP"],
    ["no question", patched(5, 0), "FORMERR"],
    ["two questions", patched(5, 2), "FORMERR"],
    ["65535 questions", Buffer.from("000001000000ffff00000000", "hex"), "FORMERR"],
    ["an answer in a query", patched(7, 1), "FORMERR"],
    ["65280 additional records", patched(10, 255), "FORMERR"],
    ["a name that ends nowhere", query("web.vm").subarray(0, 16), "FORMERR"],
    ["a question without a class", query("web.vm").subarray(0, -2), "FORMERR"],
    ["a name that points at itself", Buffer.from("000001000001000000000000c00c00010001", "hex"), "FORMERR"],
    ["a name that points ahead", Buffer.from("000001000001000000000000c01000010001", "hex"), "FORMERR"],
    ["a name that points into the header", Buffer.from("000001000001000000000000c00200010001", "hex"), "FORMERR"],
    ["a label with a dot in it", Buffer.from("000001000001000000000000067765622e766d0000010001", "hex"), "FORMERR"],
    ["two EDNS records", query("web.vm", "A", { additionals: [opt(), opt()] }), "FORMERR"],
  ])("%s", (_, bytes, rcode) => {
    expect(rcodeOf(bytes)).toBe(rcode);
  });
});

describe("whatever comes", () => {
  const garbage = fc.uint8Array({ maxLength: 600 });
  const real = fc
    .record({
      name: fc.constantFrom(
        "web.vm",
        "none.vm",
        "example.com",
        "2.0.16.172.in-addr.arpa",
        `${"a".repeat(63)}.vm`,
        "vm",
      ),
      type: fc.constantFrom("A", "AAAA", "PTR", "ANY", "SOA", "TXT"),
      edns: fc.boolean(),
    })
    .map(({ name, type, edns }) => query(name, type, { additionals: edns ? [opt()] : [] }));
  const mutated = fc
    .tuple(
      real,
      fc.array(fc.tuple(fc.nat(80), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
      fc.nat(80),
      fc.uint8Array({ maxLength: 40 }),
    )
    .map(([bytes, changes, cut, tail]) => {
      const odd = Buffer.concat([cut < 20 ? bytes.subarray(0, cut) : bytes, tail]);
      for (const [at, value] of changes) if (at < odd.length) odd[at] = value;
      return odd;
    });

  /** Holds for every input: it ends, and what it gives is a well-formed response to that very query, or nothing. */
  const holds = (bytes: Uint8Array): void => {
    const asked = Buffer.from(bytes);
    const before = Buffer.from(asked);
    const given = answer(asked, zone, udpBytes);
    expect(asked.equals(before)).toBe(true);
    if (asked.length < 12 || (asked[2]! & 0x80) !== 0) {
      expect(given).toBeNull();
      return;
    }
    expect(given).not.toBeNull();
    expect(given!.length).toBeLessThanOrEqual(1232);
    if (given!.length > udpBytes) expect(asked.includes(Buffer.from([0, 0, 41]))).toBe(true);
    expect(given!.readUInt16BE(0)).toBe(asked.readUInt16BE(0));
    expect(answer(given!, zone, udpBytes)).toBeNull();
    const packet = decode(given!);
    expect(packet.flag_qr).toBe(true);
    if (packet.questions!.length === 1) {
      const end = 12 + packet.questions![0]!.name.length + 6;
      expect(asked.subarray(12, end).equals(given!.subarray(12, end)) || packet.questions![0]!.name === ".").toBe(true);
    }
    for (const record of packet.answers!)
      if (record.type === "A") expect(["172.16.0.2", "127.0.0.1"]).toContain(record.data);
  };

  test("garbage", () => fc.assert(fc.property(garbage, holds), { numRuns: 2000 }));
  test("a real query with some octets changed, cut off or added", () =>
    fc.assert(fc.property(mutated, holds), { numRuns: 5000 }));
  test("any name of any labels", () =>
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 5 }), (labels) =>
        holds(
          Buffer.concat([
            Buffer.from("000001000001000000000000", "hex"),
            ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
            Buffer.from("0000010001", "hex"),
          ]),
        ),
      ),
      { numRuns: 2000 },
    ));
  test("over TCP there is room for anything", () => {
    expect(answer(query("web.vm"), zone, tcpBytes)).toEqual(answer(query("web.vm"), zone, udpBytes));
  });
});
