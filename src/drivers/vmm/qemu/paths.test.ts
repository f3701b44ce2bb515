import { expect, test } from "bun:test";
import { qemuPaths } from "./paths.ts";

test("sockets in the runtime directory, logs in the state directory", () => {
  expect(qemuPaths({ runtimeDir: "/r/1", stateDir: "/s/1" })).toEqual({
    channel: "/r/1/agent.sock",
    qmp: "/r/1/qmp.sock",
    log: "/s/1/vmm.log",
    console: "/s/1/console.log",
  });
});

test("a socket's path of 108 bytes is refused before anything is started, counted in bytes", () => {
  const stateDir = "/s";
  expect(qemuPaths({ stateDir, runtimeDir: "r".repeat(96) }).channel.length).toBe(107);
  expect(() => qemuPaths({ stateDir, runtimeDir: "r".repeat(97) })).toThrow("108 bytes long, 107 are allowed");
  expect(() => qemuPaths({ stateDir, runtimeDir: "é".repeat(49) })).toThrow("109 bytes long");
});
