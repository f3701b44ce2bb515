import type { Service } from "../core/model/service.ts";
import { daemonUnit, helperUnit } from "../core/model/service-places.ts";

type Settings = Readonly<Record<string, string | readonly string[]>>;

/** What a unit says and `systemctl show` must say too: lists are sets. */
export interface UnitPlan {
  readonly name: string;
  readonly description: string;
  readonly dependencies: Settings;
  readonly service: Settings;
  readonly hardening: Settings;
}

/** Variables that would steer a program made with Bun: whoever may set the manager's environment must not. */
const steering = [
  "BUN_OPTIONS",
  "BUN_BE_BUN",
  "BUN_INSPECT",
  "BUN_INSPECT_CONNECT_TO",
  "BUN_INSPECT_NOTIFY",
  "BUN_INSPECT_PRELOAD",
  "NODE_OPTIONS",
  "LD_PRELOAD",
  "LD_LIBRARY_PATH",
];

/** Running out of memory ends one process, not all of the unit's. */
const lasting: Settings = {
  Type: "exec",
  Restart: "always",
  RestartSec: "1s",
  OOMPolicy: "continue",
  TasksMax: "infinity",
  LimitNOFILE: "524288",
  UnsetEnvironment: steering,
};

/** Guests outlive both services: a stop ends one process, and the sockets' folders stay. MemoryDenyWriteExecute is impossible: Bun's JavaScript and QEMU's emulation are compiled as they run. */
const common: Settings = {
  KillMode: "process",
  RuntimeDirectoryPreserve: "yes",
  UMask: "0077",
  NoNewPrivileges: "yes",
  ProtectSystem: "strict",
  PrivateTmp: "yes",
  ProtectKernelModules: "yes",
  LockPersonality: "yes",
  RestrictRealtime: "yes",
  KeyringMode: "private",
  SystemCallArchitectures: "native",
};

const restarts: Settings = { StartLimitIntervalSec: "5min", StartLimitBurst: "60" };

/**
 * The daemon. It has no capability. Builds of images and rootless networks need user namespaces with a /proc of their own, so
 * nothing may be mounted over parts of /proc here, and images hold setuid programs.
 */
export function daemonPlan({ owner, binary, home }: Service): UnitPlan {
  return {
    name: daemonUnit,
    description: "banger: virtual machines of one user",
    dependencies: { After: ["network.target", helperUnit], Wants: helperUnit, ...restarts },
    service: {
      ...lasting,
      User: owner,
      ExecStart: `${quoted(binary)} daemon serve --service`,
      RuntimeDirectory: "banger",
      RuntimeDirectoryMode: "0700",
      StateDirectory: "banger",
      StateDirectoryMode: "0700",
      CacheDirectory: "banger",
      CacheDirectoryMode: "0700",
      ReadWritePaths: quoted(`-${home}/.local/state/banger/ssh`),
      TimeoutStopSec: "30s",
      SystemCallFilter: "~@clock @cpu-emulation @module @obsolete @raw-io @reboot @swap",
    },
    hardening: {
      ...common,
      ProtectHome: "read-only",
      CapabilityBoundingSet: [],
      AmbientCapabilities: [],
      RestrictAddressFamilies: ["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"],
    },
  };
}

/**
 * The root helper. It makes network objects, device-mapper nodes and jails, so the kernel's settings, control groups and devices
 * stay within reach, and sockets in jails are shared by a setgid folder. The owner's folders are made when the daemon starts, which
 * is later: what is writable is named one level higher.
 */
export function helperPlan({ binary }: Service): UnitPlan {
  return {
    name: helperUnit,
    description: "banger: privileged operations for bangerd",
    dependencies: { After: "network.target", ...restarts },
    service: {
      ...lasting,
      ExecStart: `${quoted(binary)} helper serve`,
      RuntimeDirectory: "banger-root",
      RuntimeDirectoryMode: "0711",
      StateDirectory: "banger-root",
      StateDirectoryMode: "0711",
      ReadWritePaths: ["/var/lib", "/run"],
      TimeoutStopSec: "90s",
      SystemCallFilter: "~@clock @cpu-emulation @module @obsolete @reboot @swap",
    },
    hardening: {
      ...common,
      ProtectHome: "read-only",
      ProtectHostname: "yes",
      ProtectKernelLogs: "yes",
      CapabilityBoundingSet: [
        "CAP_CHOWN",
        "CAP_DAC_OVERRIDE",
        "CAP_DAC_READ_SEARCH",
        "CAP_FOWNER",
        "CAP_FSETID",
        "CAP_KILL",
        "CAP_MKNOD",
        "CAP_NET_ADMIN",
        "CAP_NET_RAW",
        "CAP_SETGID",
        "CAP_SETUID",
        "CAP_SYS_ADMIN",
        "CAP_SYS_CHROOT",
        "CAP_SYS_PTRACE",
        "CAP_SYS_RESOURCE",
      ],
      RestrictAddressFamilies: ["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"],
    },
  };
}

/** The plans in the order in which they start. */
export function plans(service: Service): readonly UnitPlan[] {
  return [helperPlan(service), daemonPlan(service)];
}

/** The text of a unit's file. Pure. */
export function unitText({ name, description, dependencies, service, hardening }: UnitPlan): string {
  return [
    `# Written by banger system install, and again by the next one. Changes of yours: systemctl edit ${name}`,
    section("Unit", { Description: description, ...dependencies }),
    section("Service", { ...service, ...hardening }),
    section("Install", { WantedBy: "multi-user.target" }),
  ].join("\n");
}

function section(name: string, settings: Settings): string {
  const lines = Object.entries(settings).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : value.join(" ")}\n`,
  );
  return `[${name}]\n${lines.join("")}`;
}

/** A word of a unit file: in quotes, with what systemd would expand taken literally. */
function quoted(text: string): string {
  const literal = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%");
  return literal === text && !/[\s']/.test(text) ? text : `"${literal}"`;
}

/** Which of the hardening a unit really has not, as `Key=what it is`, from what `systemctl show` prints. Pure. */
export function softness({ hardening }: UnitPlan, shown: ReadonlyMap<string, string>): string[] {
  return Object.entries(hardening).flatMap(([key, wanted]) => {
    const actual = shown.get(key) ?? "";
    const same =
      typeof wanted === "string" ? actual === wanted : sorted(actual.split(" ")) === sorted(wanted.map(String));
    return same ? [] : [`${key}=${actual}`];
  });
}

function sorted(words: readonly string[]): string {
  return words
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase())
    .sort()
    .join(" ");
}
