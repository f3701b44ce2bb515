import { expect, test } from "bun:test";
import { fakeIo } from "../../../test/helpers/fake-io.ts";
import { attach } from "./terminal.ts";

function attached(terminal: boolean) {
  const io = fakeIo({ terminal });
  const sent: unknown[] = [];
  let left = 0;
  const control = {
    resize: (...size: number[]) => void sent.push(size),
    signal: (number: number) => void sent.push(number),
  };
  const detach = attach(io, control, { terminal, leave: () => void left++ });
  return { io, sent, detach, left: () => left };
}

test("signals go to the guest until it is over", () => {
  const { io, sent, detach } = attached(false);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const) io.send(name);
  expect(sent).toEqual([2, 15, 1, 3, 10, 12]);
  detach();
  io.send("SIGINT");
  expect(sent).toHaveLength(6);
  expect(io.modes).toEqual([]);
});

test("the third Ctrl-C leaves", () => {
  const { io, sent, left } = attached(false);
  io.send("SIGINT");
  io.send("SIGINT");
  expect(left()).toBe(0);
  io.send("SIGINT");
  expect(left()).toBe(1);
  expect(sent).toEqual([2, 2, 2]);
});

test("a terminal is raw meanwhile, and its size follows", () => {
  const { io, sent, detach } = attached(true);
  expect(io.modes).toEqual(["raw"]);
  io.send("SIGWINCH");
  expect(sent).toEqual([
    [24, 80],
    [24, 80],
  ]);
  detach();
  detach();
  expect(io.modes).toEqual(["raw", "restored"]);
});
