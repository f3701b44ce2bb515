import { expect, test } from "bun:test";
import { encode } from "dns-packet";
import fc from "fast-check";
import { answer, udpBytes } from "./answer.ts";
import { maxQuestions, Remembered } from "./remembered.ts";
import { Zone } from "./zone.ts";

const names = ["web", "db", "lone", "none"];
const type = fc.constantFrom("A", "AAAA", "PTR", "ANY");
const real = fc
  .record({ id: fc.nat(65_535), name: fc.constantFrom(...names), type, upper: fc.boolean() })
  .map(({ id, name, type, upper }) =>
    encode({ type: "query", id, questions: [{ type: type as "A", name: `${upper ? name.toUpperCase() : name}.vm` }] }),
  );
const odd = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(real, fc.nat(30), fc.nat(255)).map(([bytes, at, value]) => {
    const copy = Buffer.from(bytes);
    if (at < copy.length) copy[at] = value;
    return copy;
  }),
);
type Step =
  | { readonly ask: Buffer }
  | { readonly vm: string; readonly address: string | null }
  | { readonly gone: string };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.oneof(real, odd).map((ask) => ({ ask })) },
  {
    weight: 1,
    arbitrary: fc.record({
      vm: fc.constantFrom(...names),
      address: fc.constantFrom("127.77.0.1", "127.77.0.2", "172.16.0.2", null),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom(...names).map((gone) => ({ gone })) },
);

test("what is remembered is what would be answered, whatever is asked and however the zone changes", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const zone = new Zone();
      const remembered = new Remembered(zone);
      for (const step of steps) {
        if ("vm" in step) zone.set(step.vm, step.vm, step.address);
        else if ("gone" in step) zone.remove(step.gone);
        else {
          const expected = answer(step.ask, zone, udpBytes);
          // Twice: the second one is from memory. It is the asker's to keep.
          for (let round = 0; round < 2; round++) {
            const given = remembered.answer(step.ask);
            expect(given).toEqual(expected);
            given?.fill(0xff);
          }
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("many different questions take no more memory than a few", () => {
  const remembered = new Remembered(new Zone());
  let most = 0;
  for (let i = 0; i < 3 * maxQuestions; i++) {
    remembered.answer(encode({ type: "query", id: 1, questions: [{ type: "A", name: `n${i}.vm` }] }));
    most = Math.max(most, remembered.size);
  }
  expect(most).toBe(maxQuestions);
});
