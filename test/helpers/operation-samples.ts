import type { OperationArgs, OperationName } from "../../src/core/privileged/index.ts";

export const vm = "0123456789abcdef";
/** Of an image. */
export const digest = "0123456789abcdef".repeat(4);
const tap = { vm, bridge: "br-fc", address: "172.16.0.2" };
const grant = { vm, uid: 300_001, files: [{ name: "disk", from: `vms/${vm}/upper.ext4`, write: true }] };
const programs = { jailer: "/usr/local/bin/jailer", firecracker: "/usr/local/bin/firecracker" };

/** Arguments of banger's own for every operation there is. */
export const samples: { readonly [N in OperationName]: readonly OperationArgs<N>[] } = {
  "tap.create": [{ ...tap, gateway: "172.16.0.1", network: "172.16.0.0/24", mtu: 1500, guestToGuest: false }],
  "tap.remove": [tap],
  "namespace.map": [{ pid: 4_000_000, startTime: 1 }],
  "nat.add": [{ vm }],
  "nat.remove": [{ vm }],
  "nat.follow": [{}],
  "resolver.route": [{ bridge: "br-fc", port: 42_069 }],
  "resolver.unroute": [{ bridge: "br-fc" }],
  "loop.attach": [
    { role: "base", vm, image: digest },
    { role: "cow", vm },
  ],
  "loop.detach": [{ role: "cow", vm }],
  "dm.create": [{ vm, sizeBytes: 2 ** 33 }],
  "dm.remove": [{ vm }],
  "jail.check": [programs],
  "jail.create": [{ ...grant, ...programs, vcpu: 1, memoryMiB: 256, tap: true }],
  "jail.start": [{ vm }],
  "jail.signal": [{ vm, signal: "TERM" }],
  "jail.remove": [grant],
};

/** Values that no argument of an operation may have. */
export const foreign = [
  ...[
    "",
    ".",
    "..",
    "../x",
    "x/../../y",
    "/",
    "/etc/../etc/shadow",
    "/etc//shadow",
    `vms/${vm}/../../x`,
    "/proc/1/root",
  ],
  ...[
    "a\u0000b",
    "a\nb",
    "a b",
    "$(id)",
    "`id`",
    ";id",
    "--help",
    "-x",
    "x".repeat(5000),
    "０１２３４５６７８９ａｂｃｄｅｆ",
  ],
  ...["lo", "eth0", "docker0", "virbr0", "bt-other", "br-", "br-UPPER", "br-twelve-and-more"],
  ...[vm.toUpperCase(), `${vm}0`, vm.slice(1), ` ${vm}`, `${vm}\n`, "vg-root", "banger-other"],
  ...["0.0.0.0", "8.8.8.8/24", "169.254.169.254", "0.0.0.0/0", "::1", "172.16.0.999", "SIGKILL", "9", "SEGV"],
  ...[0, -1, 1.5, 2 ** 53, null, true, [], {}],
];
