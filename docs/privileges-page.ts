import { z } from "zod";
import { operations, type Operation } from "../src/core/privileged/index.ts";
import { servicePlaces } from "../src/core/model/service-places.ts";
import { daemonPlan, helperPlan, type UnitPlan } from "../src/system/units.ts";
import { page, table } from "./markdown.ts";

/** docs/privileges.md: who may do what as root, from the table of operations and the plans of the units. */
export function privilegesPage(): string {
  const rows = Object.entries<Operation>(operations).map(([name, { schema, touches, refuses }]) => [
    `\`${name}\``,
    argumentsOf(schema)
      .map((key) => `\`${key}\``)
      .join(", "),
    touches,
    refuses,
  ]);
  return page(
    "Privileges",
    `Banger needs none: with the \`user\` network, the \`overlay\` storage and either VMM, everything runs with the rights of
whoever calls it. A bridge, NAT, device-mapper, DNS routing and jails need root, which banger has in one of two ways:

- **As root.** \`sudo banger vm run\` does everything in one process. \`banger doctor\` says that this is not the installed form.
- **Installed.** \`sudo banger system install\` makes two services for one user of the host, the *owner*. \`bangerd\` is the daemon: it
  runs as the owner, without any capability. \`bangerd-root\` is the root helper: it does the operations below and nothing else, and
  reads no configuration, no image and no plugin. Whoever else calls banger on that host is refused with the owner's name.`,
    "## What the root helper does",
    `It listens on \`${servicePlaces.helperSocket}\`, mode 0600, the owner's; the folder is root's. It asks the kernel for each
connection's user, and serves the owner and root alone. A connection carries one operation, at most 64 KiB, sent within 5 seconds.
Its name must stand in this table, its arguments must have exactly the shape that banger's own have: names that follow from a VM's id, addresses
of private networks, files of the VM, numbers within bounds. No argument is a command or a rule. Before it touches a thing it looks for the mark
that it set when it made it (an alias, a comment, a UUID, a backing file), so what only has such a name is left alone. It follows no
symbolic link, and runs no program that somebody else than root can write to. What is gone already counts as removed. Each request is in its journal (\`journalctl -u bangerd-root\`) with its id, its arguments and its end.

\`vm\` is the 16 hex digits of a VM's id.`,
    table(["operation", "arguments", "may touch", "refuses"], rows),
    "## What the services are kept from",
    `Both unit files are made by \`system install\`; \`banger doctor\` and \`banger system status\` compare what systemd says of the running
units with this table. Running VMs do not belong to either service's life: they go on when one is stopped, restarted or killed.`,
    hardening(daemonPlan(example), helperPlan(example)),
    `Not there, and why: \`MemoryDenyWriteExecute\` (JavaScript and QEMU's emulation are compiled as they run); \`PrivateDevices\`
(/dev/kvm, /dev/net/tun, loop and device-mapper nodes are the work); \`ProtectKernelTunables\` and \`ProtectControlGroups\` in the helper (forwarding
is a setting below /proc/sys/net, a jail has a control group), and in the daemon, as all that covers parts of /proc, because a build of an image mounts
a /proc of its own in a user namespace; \`RestrictNamespaces\` (rootless networks, builds and jails are namespaces); \`RestrictSUIDSGID\` (images hold setuid programs, a jail's folder of
sockets has its owner's group).`,
    "## Files",
    table(
      ["path", "what", "whose"],
      [
        [`\`${servicePlaces.record}\``, "the record of the install; counts only while root alone can write it", "root"],
        [`\`${servicePlaces.binary}\``, "the program of both services", "root"],
        [`\`${servicePlaces.units}/bangerd.service\`, \`bangerd-root.service\``, "the units", "root"],
        [
          `\`${servicePlaces.stateDir}\`, \`${servicePlaces.cacheDir}\`, \`${servicePlaces.runtimeDir}\``,
          "VMs, images, kernels; caches; sockets",
          "owner, mode 0700",
        ],
        [`\`${servicePlaces.rootDir}\``, "jails; whose the VMs are that an uninstalled service has left", "root"],
        ["`~/.config/banger`, `~/.local/state/banger/ssh`", "configuration and keys", "owner"],
      ],
    ),
  );
}

const example = {
  version: "",
  owner: "OWNER",
  uid: 1000,
  gid: 1000,
  home: "/home/OWNER",
  ...servicePlaces,
  made: [],
};

/** Names of an operation's arguments, those of every variant. */
function argumentsOf(schema: z.ZodType): readonly string[] {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const variants = json.anyOf ?? json.oneOf ?? [json];
  return [...new Set(variants.flatMap(({ properties = {} }) => Object.keys(properties)))];
}

interface JsonSchema {
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, unknown>>;
}

function hardening(daemon: UnitPlan, helper: UnitPlan): string {
  const keys = [...new Set([...Object.keys(daemon.hardening), ...Object.keys(helper.hardening)])];
  const shown = (plan: UnitPlan, key: string): string => {
    const value = plan.hardening[key];
    if (value === undefined) return "";
    const text = typeof value === "string" ? value : value.join(" ");
    return text === "" ? "none" : text;
  };
  return table(
    ["setting", daemon.name, helper.name],
    keys.map((key) => [`\`${key}\``, shown(daemon, key), shown(helper, key)]),
  );
}
