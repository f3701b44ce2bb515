import { expect, test } from "bun:test";
import type { VmmDriver } from "../core/api/drivers.ts";
import { Bench } from "../core/engine/testing.ts";
import { bootConfigOf } from "./boot-files.ts";

test("drives are named as the VMM names them, contents become bytes", () => {
  const vmm = {
    deviceName: (drive: { id: string }, index: number) => `/dev/${index}-${drive.id}`,
    guestChannel: ({ name }: { name: string }) => `virtio-serial:${name}`,
  };
  const config = bootConfigOf(
    {
      vm: new Bench().view,
      vmm: vmm as unknown as VmmDriver,
      token: "0a".repeat(16),
      path: "/x",
      merged: {
        drives: [
          { id: "base", path: "/b", readonly: true },
          { id: "root", path: "/r", readonly: false },
        ],
        nics: [
          { id: "n", mac: "02:00:00:00:00:01", backend: { kind: "user" }, guest: { address: "10.0.2.15/24" } },
          { id: "bare", mac: "02:00:00:00:00:02", backend: { kind: "user" } },
        ],
        kernelArgs: [],
        root: { kind: "overlay", base: "base", upper: "root", bound: ["/var/lib/docker"] },
        mounts: [
          { drive: "root", target: "/data", type: "ext4" },
          { target: "/scratch", type: "tmpfs" },
        ],
        files: [{ path: "/f", mode: 0o600, content: "AAE=", encoding: "base64" }],
        env: { A: "1" },
        settings: [],
        channel: { name: "banger" },
      },
    },
    { now: 1500, entropy: new Uint8Array(64), modules: ["/modules/a.ko"], init: "auto" },
  );
  expect(config).toMatchObject({
    hostname: "otter",
    clockNs: 1_500_000_000n,
    root: { kind: "overlay", base: "/dev/0-base", upper: "/dev/1-root", bound: ["/var/lib/docker"] },
    mounts: [
      { device: "/dev/1-root", target: "/data" },
      { target: "/scratch", type: "tmpfs" },
    ],
    interfaces: [{ mac: "02:00:00:00:00:01", address: "10.0.2.15/24" }],
    channel: "virtio-serial:banger",
  });
  expect(config.files[0]!.content).toEqual(Uint8Array.of(0, 1));
  expect(config.token).toEqual(new Uint8Array(16).fill(10));
});
