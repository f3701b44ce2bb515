import { describe, expect, test } from "bun:test";
import { type BootConfig, encodeBootConfig } from "./boot-config.ts";
import { readList } from "./record.ts";

const config: BootConfig = {
  token: new Uint8Array(16).fill(7),
  hostname: "brave-otter",
  clockNs: 1_800_000_000_123_456_789n,
  modules: ["/modules/virtio.ko", "/modules/overlay.ko"],
  root: { kind: "overlay", base: "serial:base", upper: "serial:upper", bound: ["/var/lib/docker"] },
  mounts: [{ device: "serial:work", target: "/root", type: "ext4", options: "noatime", seed: true, grow: true }],
  files: [{ path: "/etc/motd", mode: 0o644, uid: 1, gid: 2, content: Uint8Array.of(104, 105), ifMissing: true }],
  interfaces: [
    { mac: "52:54:00:12:34:Ff", address: "10.0.2.15/24", gateway: "10.0.2.2", nameservers: ["10.0.2.3"], mtu: 1500 },
  ],
  env: { LANG: "C.UTF-8", EMPTY: "" },
  init: "auto",
  entropy: new Uint8Array(32).fill(9),
  channel: "virtio-serial:banger",
};

/** Records as `tag text-or-hex`; those that are lists in braces. */
function show(list: Uint8Array, nested: ReadonlySet<number> = new Set([5, 6, 7, 8])): string[] {
  return readList(list).map(({ tag, body }) => {
    if (nested.has(tag)) return `${tag} {${show(body, new Set()).join(" ")}}`;
    const text = new TextDecoder().decode(body);
    return `${tag} ${/^[\x20-\x7e]+$/.test(text) ? text : `0x${body.toHex()}`}`;
  });
}

test("every field has its tag and width", () => {
  expect(show(encodeBootConfig(config))).toEqual([
    `1 0x${"07".repeat(16)}`,
    "2 brave-otter",
    "3 0x18fae2769b0fcd15",
    "4 /modules/virtio.ko",
    "4 /modules/overlay.ko",
    "5 {1 0x00 2 serial:base 3 serial:upper 4 /var/lib/docker}",
    "6 {1 serial:work 2 /root 3 ext4 4 noatime 5 0x03}",
    "7 {1 /etc/motd 2 0x000001a4 3 0x00000001 4 0x00000002 5 hi 6 0x01}",
    "8 {1 0x5254001234ff 2 10.0.2.15/24 3 10.0.2.2 4 10.0.2.3 5 0x05dc}",
    "9 LANG=C.UTF-8",
    "9 EMPTY=",
    "10 auto",
    `11 0x${"09".repeat(32)}`,
    "12 virtio-serial:banger",
  ]);
});

test("what is absent is left out", () => {
  const bare: BootConfig = {
    ...config,
    modules: [],
    root: { kind: "disk", device: "/dev/vda" },
    mounts: [{ target: "/srv", type: "tmpfs", optional: true }],
    files: [],
    interfaces: [{ mac: "52:54:00:12:34:56", address: "10.0.2.15/24" }],
    env: {},
  };
  expect(show(encodeBootConfig(bare)).slice(3, 6)).toEqual([
    "5 {1 0x01 2 /dev/vda}",
    "6 {1 0x 2 /srv 3 tmpfs 4 0x 5 0x04}",
    "8 {1 0x525400123456 2 10.0.2.15/24}",
  ]);
});

describe("what the agent would refuse is refused here", () => {
  test.each([
    ["a short token", { token: new Uint8Array(15) }, "the token is not 16 bytes"],
    ["little entropy", { entropy: new Uint8Array(31) }, "less than 32 bytes of entropy"],
    ["a NUL", { hostname: "a\0b" }, "a NUL"],
    ["no MAC", { interfaces: [{ mac: "52:54", address: "10.0.0.1/24" }] }, "is no MAC address"],
  ] as const)("%s", (_, change, message) => {
    expect(() => encodeBootConfig({ ...config, ...change })).toThrow(message);
  });
});
