import { expect, test } from "bun:test";
import { BangerError } from "../../core/api/errors.ts";
import { resolvePaths } from "../../core/model/paths.ts";
import { createContext } from "../context.ts";
import { fakeIo } from "../../../test/helpers/fake-io.ts";
import { forEach } from "./each.ts";

test("all are done at once, shown in the order given, and one that fails keeps none of the others from being done", async () => {
  const io = fakeIo();
  const ctx = createContext("vm stop", {}, null, io, resolvePaths(io.env, io.uid, "/nonexistent"));
  const turns = new Map(["a", "b", "c"].map((name) => [name, Promise.withResolvers<void>()]));
  const begun: string[] = [];
  const done = forEach(ctx, ["a", "b", "c", "a"], async (reference, onEvent) => {
    begun.push(reference);
    await turns.get(reference)!.promise;
    if (reference === "b") throw new BangerError("VM_NOT_FOUND", "no VM is called b");
    onEvent({ type: "step-end", step: "stop", subject: reference, ms: 0 });
    return reference.toUpperCase();
  });
  expect(begun).toEqual(["a", "b", "c"]);
  for (const name of ["c", "b", "a"]) {
    turns.get(name)!.resolve();
    await Bun.sleep(1);
  }
  const { json, exit } = await done;
  await ctx.reporter.settle();
  expect(exit).toBe(1);
  expect(json).toEqual([
    { reference: "a", value: "A" },
    { reference: "b", error: { code: "VM_NOT_FOUND", message: "no VM is called b" } },
    { reference: "c", value: "C" },
  ]);
  expect(
    io
      .stderr()
      .split("\n")
      .map((line) => line.slice(0, 10)),
  ).toEqual(["stop   a  ", "banger: no", "stop   c  ", ""]);
});
