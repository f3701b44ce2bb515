import { expect, test } from "bun:test";
import { BangerError } from "./errors.ts";

test("an error comes back from its JSON as it was", () => {
  const error = new BangerError("VM_STATE", "otter is stopped", { hint: "start it", detail: ["a"], operation: "op-1" });
  expect(BangerError.from(JSON.parse(JSON.stringify(error)))).toEqual(error);
});

test("what is no error of ours is INTERNAL, names that every object has included", () => {
  for (const json of [null, 3, [], {}, { code: "NEW" }, { code: "constructor" }, { code: 1, message: 2, detail: "x" }])
    expect(BangerError.from(json).code).toBe("INTERNAL");
});
