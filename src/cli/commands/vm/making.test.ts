import { expect, test } from "bun:test";
import { createTroupe } from "../../../builtins.ts";
import { makingFlags } from "./making.ts";

// The flags name them by themselves: loading the drivers would make every help and completion slow.
test("the driver flags offer exactly the drivers that there are", () => {
  const { vmm, network, storage } = createTroupe();
  const names = (drivers: readonly { readonly name: string }[]) => drivers.map(({ name }) => name);
  expect(makingFlags.vmm.completes).toEqual(["auto", ...names(vmm)] as never);
  expect(makingFlags.network.completes).toEqual(names(network) as never);
  expect(makingFlags.storage.completes).toEqual(names(storage) as never);
  for (const flag of [makingFlags.vmm, makingFlags.network, makingFlags.storage])
    for (const name of flag.completes) expect(flag.description).toContain(name);
});
