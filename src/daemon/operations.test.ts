import { expect, test } from "bun:test";
import { BangerError } from "../core/api/errors.ts";
import type { OperationEvent } from "../core/api/events.ts";
import { operationId, Operations } from "./operations.ts";

test("progress comes first, the result is the last event, and the operation is listed while it runs", async () => {
  const log: string[] = [];
  const operations = new Operations(
    (level, message) => void log.push(`${level} ${message}`),
    () => 0,
  );
  const events: OperationEvent[] = [];
  await operations.run(
    "start",
    "otter",
    (event) => events.push(event),
    async ({ emit, id }) => {
      expect(operations.list()).toEqual([
        { id, kind: "start", subject: "otter", startedAt: "1970-01-01T00:00:00.000Z" },
      ]);
      emit({ type: "notice", level: "info", message: "hello" });
      return { done: true };
    },
  );
  expect(events).toEqual([
    { type: "notice", level: "info", message: "hello" },
    { type: "result", value: { done: true } },
  ]);
  expect(operations.list()).toEqual([]);
  expect(log).toEqual(["info start done"]);
});

test("a failure is an error event that carries the operation's id", async () => {
  const operations = new Operations(() => {});
  const events: OperationEvent[] = [];
  await operations.run(
    "start",
    "",
    (event) => events.push(event),
    () => Promise.reject(new BangerError("VM_EXISTS", "taken")),
    "op-abc",
  );
  expect(events).toEqual([{ type: "error", error: { code: "VM_EXISTS", message: "taken", operation: "op-abc" } }]);
});

test("cancelling aborts the work's signal; what is over already stays so", async () => {
  const operations = new Operations(() => {});
  const events: OperationEvent[] = [];
  const work = operations.run(
    "pull",
    "",
    (event) => events.push(event),
    ({ signal, id }) => {
      queueMicrotask(() => operations.cancel(id, "Ctrl-C"));
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    },
  );
  await operations.settled();
  await work;
  operations.cancel("op-none");
  expect(events).toMatchObject([{ type: "error", error: { code: "CANCELLED", message: "Ctrl-C" } }]);
});

test("ids are short and do not repeat", () => {
  const ids = Array.from({ length: 1000 }, operationId);
  expect(new Set(ids).size).toBe(1000);
  for (const id of ids) expect(id).toMatch(/^op-[2-9a-z]{6}$/);
});
