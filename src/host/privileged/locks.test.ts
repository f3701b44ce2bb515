import { expect, test } from "bun:test";
import { locksOf } from "./index.ts";

const vm = "0123456789abcdef";

test("what one VM is made of is made and taken away one after another, of whatever kind", () => {
  const [first] = locksOf("dm.create", { vm, sizeBytes: 4096 });
  for (const name of ["loop.attach", "loop.detach", "dm.remove", "jail.create", "jail.start"])
    expect(locksOf(name, { vm })[0]).toBe(first);
  expect(locksOf("dm.create", { vm: "f".repeat(16) })).not.toContain(first!);
});

test("so is what is of one kind, of whichever VM, and always last: nobody who has it waits for more", () => {
  expect(locksOf("tap.create", { vm }).at(-1)).toBe(locksOf("nat.follow", {}).at(-1));
  expect(locksOf("jail.create", { vm }).at(-1)).toBe(locksOf("jail.check", {}).at(-1));
});

test.each([[null], [undefined], [7], ["x"], [[]], [{ vm: 7 }], [{ vm: null }]])(
  "%p as arguments is taken as it is",
  (args) => {
    expect(locksOf("constructor.x", args)).toEqual(["constructor"]);
  },
);
