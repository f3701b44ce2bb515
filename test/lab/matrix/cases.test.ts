import { expect, test } from "bun:test";
import { casesOf, type Observed } from "./cases.ts";

const observed: Observed = {
  effects: [
    { participant: "engine", undo: "remove", scope: "vm" },
    { participant: "storage/s", undo: "detach", scope: "run" },
    { participant: "storage/s", undo: "detach", scope: "run" },
    { participant: "vmm/v", undo: "kill", scope: "run" },
    { participant: "capability/c", undo: "unroute", scope: "run" },
  ],
  start: ["loop.attach", "loop.attach", "jail.start", "resolver.route"],
  stop: ["resolver.unroute", "jail.signal"],
};
const lines = casesOf(observed).map(({ victim, verb, at }) => `${victim} ${verb} ${at}`);

test("the daemon dies at every moment of every effect, counted in the order in which it passes them", () => {
  expect(lines.filter((line) => line.startsWith("daemon"))).toEqual([
    "daemon start record:engine.remove:1",
    "daemon start done:engine.remove:1",
    "daemon start record:storage/s.detach:1",
    "daemon start done:storage/s.detach:1",
    "daemon start record:storage/s.detach:2",
    "daemon start done:storage/s.detach:2",
    "daemon start record:vmm/v.kill:1",
    "daemon start done:vmm/v.kill:1",
    "daemon start record:capability/c.unroute:1",
    "daemon start done:capability/c.unroute:1",
    "daemon stop undone:capability/c.unroute:1",
    "daemon stop removed:capability/c.unroute:1",
    "daemon kill undone:vmm/v.kill:1",
    "daemon kill removed:vmm/v.kill:1",
    "daemon stop undone:storage/s.detach:1",
    "daemon stop removed:storage/s.detach:1",
    "daemon kill undone:storage/s.detach:2",
    "daemon kill removed:storage/s.detach:2",
    "daemon delete undone:engine.remove:1",
    "daemon delete removed:engine.remove:1",
  ]);
});

test("the helper dies before and after each operation, the VMM from its start to its end", () => {
  expect(lines.filter((line) => line.startsWith("helper"))).toHaveLength(12);
  expect(lines.filter((line) => line.startsWith("firecracker"))).toEqual([
    "firecracker start done:vmm/v.kill:1",
    "firecracker start record:capability/c.unroute:1",
    "firecracker start done:capability/c.unroute:1",
    "firecracker start after:jail.start:1",
    "firecracker start before:resolver.route:1",
    "firecracker start after:resolver.route:1",
    "firecracker stop while it shuts down",
    "firecracker kill before:jail.signal:1",
    "firecracker delete undone:capability/c.unroute:1",
    "firecracker delete removed:capability/c.unroute:1",
    "firecracker delete before:jail.signal:1",
  ]);
});

test("what a VM passes once only needs a new one, and what is counted behind it, too", () => {
  const again = { participant: "engine", undo: "remove", scope: "run" } as const;
  const cases = casesOf({
    ...observed,
    effects: [...observed.effects.slice(0, 2), again, ...observed.effects.slice(3)],
  });
  expect(cases.filter((one) => one.once).map(({ at }) => at)).toEqual([
    "record:engine.remove:1",
    "done:engine.remove:1",
    "record:engine.remove:2",
    "done:engine.remove:2",
  ]);
});
