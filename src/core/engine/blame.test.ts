import { expect, test } from "bun:test";
import { BangerError } from "../api/errors.ts";
import { failure } from "../../../test/helpers/failure.ts";
import { blame } from "./blame.ts";

const fail = (key: string, thrown: unknown) => failure(blame(key, "ready", () => Promise.reject(thrown)));
const own = new BangerError("TOOL_MISSING", "no such tool", { hint: "install it", detail: ["a"], state: "so" });

test("a capability's own error gets its name and keeps the rest", async () => {
  expect((await fail("capability/x", own)).toJSON()).toEqual({
    ...own.toJSON(),
    message: "capability/x failed at ready: no such tool",
  });
  expect(await fail("capability/x", await fail("capability/x", own))).toMatchObject({
    message: "capability/x failed at ready: no such tool",
  });
});

test("anything unknown is a failure of whom it came from", async () => {
  for (const key of ["capability/x", "vmm/qemu"])
    for (const thrown of [new TypeError("a is\nnot \x1b[31mb"), "a is not b"])
      expect(await fail(key, thrown)).toMatchObject({
        code: "CAPABILITY_FAILED",
        message: `${key} failed at ready: a is not b`,
        cause: thrown,
      });
});

test("a driver speaks for itself, and a cancelled operation is nobody's fault", async () => {
  expect(await fail("vmm/qemu", own)).toBe(own);
  const cancelled = new BangerError("CANCELLED", "Ctrl-C");
  expect(await fail("capability/x", cancelled)).toBe(cancelled);
});

test("it does not go on without end", async () => {
  const endless = new BangerError("TOOL_MISSING", "x".repeat(10_000), { detail: Array(1000).fill("y") });
  const { message, detail } = await fail("capability/x", endless);
  expect({ long: message.length < 2100, lines: detail.length }).toEqual({ long: true, lines: 40 });
});
