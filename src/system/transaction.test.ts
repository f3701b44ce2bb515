import { expect, test } from "bun:test";
import { BangerError } from "../core/api/errors.ts";
import { transact } from "./transaction.ts";

test("work that fails is undone, the last first and past failures; its first failure is told", async () => {
  const done: string[] = [];
  const work = transact("the install failed", async (later) => {
    later(async () => void done.push("first"));
    later(() => Promise.reject(new Error("stuck")));
    later(async () => void done.push("last"));
    throw new BangerError("COMMAND_FAILED", "systemctl exited 1");
  });
  expect(await work.catch((error: unknown) => error)).toMatchObject({
    code: "COMMAND_FAILED",
    message: "systemctl exited 1",
    state: "not all of it is undone: stuck",
  });
  expect(done).toEqual(["last", "first"]);
});

test("what the system refuses is no defect of banger's", async () => {
  const work = transact("the install failed", () => Promise.reject(new Error("EROFS: read-only file system")));
  expect(await work.catch((error: unknown) => error)).toMatchObject({
    code: "INSTALL_FAILED",
    message: "the install failed: EROFS: read-only file system",
    state: "what was done is undone",
  });
});

test("work that is done stays", async () => {
  const done: string[] = [];
  expect(
    await transact("x", async (later) => {
      later(async () => void done.push("undone"));
      return 7;
    }),
  ).toBe(7);
  expect(done).toEqual([]);
});
