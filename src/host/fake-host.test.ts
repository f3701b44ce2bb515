import { expect, test } from "bun:test";
import { FakeHost } from "./fake-host.ts";

test("a fake host writes down what it was asked and answers as told", async () => {
  const host = new FakeHost({ run: (argv) => ({ stdout: `${argv[0]} ran` }), which: () => null, freeBytes: 7 });
  expect(await host.run(["ip", "link"], { okCodes: [0, 1] })).toEqual({ code: 0, stdout: "ip ran", stderr: "" });
  expect(await host.which("ip")).toBeNull();
  expect(await host.freeBytes("/x")).toBe(7);
  expect(host.calls.map(([method]) => method)).toEqual(["run", "which", "freeBytes"]);
  expect(host.callsOf("run")).toEqual([[["ip", "link"], { okCodes: [0, 1] }]]);
});

test("its processes live until they are ended", async () => {
  const host = new FakeHost();
  const process = await host.start(["qemu", "-name", "m"], { marker: "m", logPath: "/log" });
  expect(await host.findProcesses("m")).toEqual([process]);
  const waiting = host.waitExit(process);
  await host.signal(process, "SIGTERM");
  expect(await host.isAlive(process)).toBe(true);
  await host.signal(process, "SIGKILL");
  await waiting;
  expect(await host.isAlive(process)).toBe(false);
  expect(await host.findProcesses("m")).toEqual([]);
});
