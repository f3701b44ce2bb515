import { expect, test } from "bun:test";
import { withMachineCode } from "./machine-code.ts";
import { tscKhz } from "./tsc.ts";

test("the counter's frequency is the same each time, to a few parts in a hundred thousand", async () => {
  const [first, second] = [await tscKhz(), await tscKhz()];
  expect(first).toBeWithin(100_000, 20_000_000);
  expect(Math.abs(first! - second!) / first!).toBeLessThan(1e-4);
});

test("machine code runs, and its answer comes out", async () => {
  // lea eax, [rdi + 2]; ret
  const code = [0x8d, 0x47, 0x02, 0xc3];
  const type = { args: ["i32"], returns: "i32" } as const;
  expect(withMachineCode(code, type, (add) => add(40))).toBe(42);
  expect(await withMachineCode(code, type, async (add) => (await Bun.sleep(1), add(-2)))).toBe(0);
});
