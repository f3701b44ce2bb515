import type { Paths } from "../core/model/paths.ts";
import { nearest } from "../core/model/reference.ts";
import type { Command } from "./command.ts";

import { usage } from "./parse/usage.ts";

export interface Entry {
  /** `["vm", "run"]` */
  readonly path: readonly [string, ...string[]];
  /** Other words for the last one of the path. */
  readonly aliases?: readonly string[];
  /** One sentence without a full stop. */
  readonly summary: string;
  readonly hidden?: true;
  /** Works without the owner's daemon: for everybody, also where banger is installed for somebody else. */
  readonly anyone?: true;
  readonly load: () => Promise<{ readonly default: Command }>;
}

export const groups: readonly { readonly name: string; readonly summary: string }[] = [
  { name: "vm", summary: "Make, use and remove VMs" },
  { name: "image", summary: "Root file systems that VMs start from" },
  { name: "kernel", summary: "Kernels that VMs start with" },
  { name: "daemon", summary: "The process that looks after the VMs; it starts when it is needed" },
  { name: "system", summary: "Banger as a service of this host, with what needs root" },
  { name: "plugin", summary: "Features of VMs from others than banger's makers" },
  { name: "config", summary: "What config.toml says and can say" },
];

/** Every command, in the order of the help. Its code is loaded when it runs. */
export const entries: readonly Entry[] = [
  {
    path: ["vm", "run"],
    summary: "Make a VM and run a command or a shell in it",
    load: () => import("./commands/vm/run.ts"),
  },
  { path: ["vm", "create"], summary: "Make a VM and start it", load: () => import("./commands/vm/create.ts") },
  { path: ["vm", "list"], aliases: ["ls"], summary: "List the VMs", load: () => import("./commands/vm/list.ts") },
  { path: ["vm", "show"], summary: "Show everything about a VM", load: () => import("./commands/vm/show.ts") },
  { path: ["vm", "start"], summary: "Start stopped VMs", load: () => import("./commands/vm/start.ts") },
  { path: ["vm", "stop"], summary: "Shut VMs down in an orderly way", load: () => import("./commands/vm/stop.ts") },
  { path: ["vm", "restart"], summary: "Stop VMs and start them again", load: () => import("./commands/vm/restart.ts") },
  {
    path: ["vm", "kill"],
    summary: "End VMs at once, as if the power went",
    load: () => import("./commands/vm/kill.ts"),
  },
  {
    path: ["vm", "delete"],
    aliases: ["rm"],
    summary: "Delete VMs and their disks",
    load: () => import("./commands/vm/delete.ts"),
  },
  { path: ["vm", "set"], summary: "Change the size of VMs", load: () => import("./commands/vm/set.ts") },
  {
    path: ["vm", "prune"],
    summary: "Delete all VMs that are not running",
    load: () => import("./commands/vm/prune.ts"),
  },
  {
    path: ["vm", "exec"],
    summary: "Run a command or a shell in a running VM",
    load: () => import("./commands/vm/exec.ts"),
  },
  { path: ["vm", "cp"], summary: "Copy a file into a VM or out of it", load: () => import("./commands/vm/cp.ts") },
  {
    path: ["vm", "logs"],
    summary: "Show what the VMM or the guest's console said",
    load: () => import("./commands/vm/logs.ts"),
  },
  { path: ["vm", "stats"], summary: "Show what VMs use", load: () => import("./commands/vm/stats.ts") },
  {
    path: ["vm", "ports"],
    summary: "Show on which ports a guest listens",
    load: () => import("./commands/vm/ports.ts"),
  },
  { path: ["vm", "health"], summary: "Show how a guest is", load: () => import("./commands/vm/health.ts") },
  {
    path: ["vm", "proxy"],
    summary: "Connect stdin and stdout to a port of a guest",
    load: () => import("./commands/vm/proxy.ts"),
  },
  {
    path: ["image", "list"],
    aliases: ["ls"],
    summary: "List the images",
    load: () => import("./commands/image/list.ts"),
  },
  {
    path: ["image", "show"],
    summary: "Show everything about an image",
    load: () => import("./commands/image/show.ts"),
  },
  { path: ["image", "pull"], summary: "Get an image", load: () => import("./commands/image/pull.ts") },
  {
    path: ["image", "delete"],
    aliases: ["rm"],
    summary: "Delete images",
    load: () => import("./commands/image/delete.ts"),
  },
  {
    path: ["kernel", "list"],
    aliases: ["ls"],
    summary: "List the kernels",
    load: () => import("./commands/kernel/list.ts"),
  },
  {
    path: ["kernel", "show"],
    summary: "Show everything about a kernel",
    load: () => import("./commands/kernel/show.ts"),
  },
  { path: ["kernel", "pull"], summary: "Get a kernel", load: () => import("./commands/kernel/pull.ts") },
  {
    path: ["kernel", "delete"],
    aliases: ["rm"],
    summary: "Delete kernels",
    load: () => import("./commands/kernel/delete.ts"),
  },
  { path: ["daemon", "start"], summary: "Start the daemon", load: () => import("./commands/daemon/start.ts") },
  {
    path: ["daemon", "stop"],
    summary: "Stop the daemon; the VMs run on",
    load: () => import("./commands/daemon/stop.ts"),
  },
  {
    path: ["daemon", "status"],
    summary: "Say whether the daemon runs, and where",
    load: () => import("./commands/daemon/status.ts"),
  },
  { path: ["daemon", "logs"], summary: "Show the daemon's log", load: () => import("./commands/daemon/logs.ts") },
  {
    path: ["system", "install"],
    summary: "Install the services, or bring them up to date",
    anyone: true,
    load: () => import("./commands/system/install.ts"),
  },
  {
    path: ["system", "status"],
    summary: "Say how the installed services are",
    anyone: true,
    load: () => import("./commands/system/status.ts"),
  },
  {
    path: ["system", "restart"],
    summary: "Start the services anew; the VMs run on",
    anyone: true,
    load: () => import("./commands/system/restart.ts"),
  },
  {
    path: ["system", "uninstall"],
    summary: "Take the services away",
    anyone: true,
    load: () => import("./commands/system/uninstall.ts"),
  },
  {
    path: ["plugin", "list"],
    aliases: ["ls"],
    summary: "List the plugins, and which of them are enabled",
    load: () => import("./commands/plugin/list.ts"),
  },
  {
    path: ["plugin", "check"],
    summary: "Look at plugins and load them, as a VM would",
    load: () => import("./commands/plugin/check.ts"),
  },
  {
    path: ["plugin", "enable"],
    summary: "Let VMs use a plugin, as its files are now",
    load: () => import("./commands/plugin/enable.ts"),
  },
  {
    path: ["plugin", "disable"],
    summary: "Let no VM use a plugin any more",
    load: () => import("./commands/plugin/disable.ts"),
  },
  {
    path: ["plugin", "forget"],
    summary: "Give up undoing what a plugin that is gone has set up",
    load: () => import("./commands/plugin/forget.ts"),
  },
  {
    path: ["plugin", "new"],
    summary: "Begin a plugin of one's own",
    load: () => import("./commands/plugin/new.ts"),
  },
  {
    path: ["config", "show"],
    summary: "Show the configuration as it counts",
    anyone: true,
    load: () => import("./commands/config/show.ts"),
  },
  {
    path: ["config", "schema"],
    summary: "Print the JSON schema of config.toml",
    anyone: true,
    load: () => import("./commands/config/schema.ts"),
  },
  { path: ["ps"], summary: "List the VMs", load: () => import("./commands/vm/list.ts") },
  {
    path: ["doctor"],
    summary: "Say whether VMs can run here, and what helps",
    anyone: true,
    load: () => import("./commands/other/doctor.ts"),
  },
  {
    path: ["completion"],
    summary: "Print a script that completes commands in a shell",
    anyone: true,
    load: () => import("./commands/other/completion.ts"),
  },
  {
    path: ["version"],
    summary: "Print the version",
    anyone: true,
    load: () => import("./commands/other/version.ts"),
  },
  {
    path: ["__complete"],
    summary: "Complete a command line",
    hidden: true,
    anyone: true,
    load: () => import("./commands/other/complete.ts"),
  },
];

/** The command of an entry, with the flags that capabilities add to it: those of its account's plugins too where the paths are told. */
export async function loadCommand(
  { load }: Pick<Entry, "load">,
  paths: (() => Promise<Paths>) | null,
): Promise<Command> {
  const command = (await load()).default;
  if (command.meta.capabilityFlags !== true) return command;
  const { capabilityArgs, loadCapabilityFlags } = await import("./capability-flags.ts");
  const flags = await loadCapabilityFlags(paths === null ? null : await paths());
  return { ...command, args: { ...command.args, ...capabilityArgs(flags) } };
}

export type Found =
  | { readonly kind: "help"; readonly path: readonly string[] }
  | { readonly kind: "version" }
  | { readonly kind: "command"; readonly command: string; readonly entry: Entry; readonly rest: readonly string[] };

/** Which command a command line means; throws USAGE for one that there is not. */
export function find(argv: readonly string[]): Found {
  const [first, second] = argv;
  if (first === undefined || first === "--help" || first === "-h") return { kind: "help", path: [] };
  if (first === "--version") return { kind: "version" };
  if (first === "help") return { kind: "help", path: argv.slice(1).filter((word) => !word.startsWith("-")) };
  const single = entries.find(({ path }) => path.length === 1 && path[0] === first);
  if (single !== undefined) return { kind: "command", command: first, entry: single, rest: argv.slice(1) };
  const members = entries.filter(({ path }) => path.length === 2 && path[0] === first);
  if (members.length === 0) throw unknownCommand(first);
  if (second === undefined || second === "--help" || second === "-h") return { kind: "help", path: [first] };
  if (second === "help") return { kind: "help", path: [first, ...argv.slice(2)] };
  const entry = members.find(({ path, aliases = [] }) => path[1] === second || aliases.includes(second));
  if (entry !== undefined) return { kind: "command", command: entry.path.join(" "), entry, rest: argv.slice(2) };
  throw unknownVerb(first, second, members);
}

function unknownCommand(word: string): Error {
  if (word.startsWith("-")) return usage("", `unknown flag ${word}`);
  const names = [
    ...groups.map(({ name }) => name),
    ...entries.filter(({ path, hidden }) => path.length === 1 && !hidden).map(({ path }) => path[0]),
  ];
  // A verb without its group: `banger run`.
  const verb = entries.find(
    ({ path, aliases = [] }) => path.length === 2 && (path[1] === word || aliases.includes(word)),
  );
  const near = nearest(word, names);
  const hint =
    verb !== undefined
      ? `did you mean banger ${verb.path.join(" ")}?`
      : near === null
        ? undefined
        : `did you mean ${near}?`;
  return usage("", `there is no command ${JSON.stringify(word)}`, hint);
}

function unknownVerb(group: string, word: string, members: readonly Entry[]): Error {
  if (word.startsWith("-")) return usage(group, `unknown flag ${word}`);
  const near = nearest(
    word,
    members.flatMap(({ path, aliases = [] }) => [path[1]!, ...aliases]),
  );
  return usage(
    group,
    `${group} has no command ${JSON.stringify(word)}`,
    near === null ? undefined : `did you mean ${group} ${near}?`,
  );
}
