import { describe, expect, test } from "bun:test";
import { FakeHost } from "../../host/fake-host.ts";
import { adoptVmm, killVmm } from "./kill.ts";

const args = { marker: "uuid-1", sockets: ["/r/agent.sock", "/r/qmp.sock"] };
const resultOf = (process: object) => ({
  process: { ...process },
  channel: { kind: "unix", path: "/r/agent.sock" },
  accel: "tcg",
  why: "",
  logPath: "/l",
  consolePath: "/c",
});

describe("kill", () => {
  test("ends that very process and removes its sockets, any number of times", async () => {
    const host = new FakeHost();
    const [ours, other] = [host.spawn("uuid-1"), host.spawn("uuid-2")];
    for (let i = 0; i < 2; i++) await killVmm({ host, result: resultOf(ours) }, args);
    expect(host.processes).toEqual([other]);
    expect(host.callsOf("remove").flat()).toEqual([...args.sockets, ...args.sockets]);
  });

  test("one that was started and never seen to be is found by its marker", async () => {
    const host = new FakeHost();
    host.spawn("uuid-1");
    const other = host.spawn("uuid-2");
    for (let i = 0; i < 2; i++) await killVmm({ host, result: null }, args);
    expect(host.processes).toEqual([other]);
  });

  test("a stranger who has the pid by now is left alone", async () => {
    const host = new FakeHost();
    const stranger = host.spawn("something else");
    await killVmm({ host, result: resultOf({ ...stranger, startTime: 1, marker: "uuid-1" }) }, args);
    expect(host.processes).toEqual([stranger]);
  });
});

describe("adopt", () => {
  test("the last run's process when it is alive, else nothing", async () => {
    const host = new FakeHost();
    const process = host.spawn("uuid-1");
    const result = resultOf(process);
    const effect = { undo: "kill", args, result, done: true };
    expect(await adoptVmm(host, [effect])).toEqual(result as never);
    expect(await adoptVmm(host, [])).toBeNull();
    expect(await adoptVmm(host, [{ ...effect, done: false, result: null }])).toBeNull();
    expect(await adoptVmm(host, [{ ...effect, result: resultOf({ ...process, startTime: 1 }) }])).toBeNull();
    host.end(process);
    expect(await adoptVmm(host, [effect])).toBeNull();
  });
});
