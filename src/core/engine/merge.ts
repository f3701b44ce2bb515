import type { Contributions, Drive, GuestFile, Mount, Nic, Root } from "../api/contributions.ts";
import { BangerError } from "../api/errors.ts";
import { nameOfKernelArg } from "./contribution-schema.ts";
import type { GuestSetting } from "./settle-guest.ts";

/** What one participant gave back at one of its stages, checked. */
export interface Contribution {
  /** The participant, as errors name it: `capability/workdisk`. */
  readonly by: string;
  readonly value: Contributions;
}

/** All contributions as one; the order is that of the contributors. */
export interface Merged {
  readonly drives: readonly Drive[];
  readonly nics: readonly Nic[];
  readonly kernelArgs: readonly string[];
  readonly root: Root;
  readonly mounts: readonly Mount[];
  /** Those that the boot configuration carries: no secrets. */
  readonly files: readonly GuestFile[];
  readonly env: Readonly<Record<string, string>>;
  readonly channel: { readonly name: string };
  /** What is left for the agent's first answer. */
  readonly settings: readonly GuestSetting[];
}

/** Kernel arguments that may stand more than once with different values. */
const repeatable = new Set(["console", "earlycon"]);
/** Characters of all kernel arguments together: x86 takes 2048, and the drivers have some of their own. */
const mostKernelArgs = 1024;

/**
 * Merges contributions. Throws CONTRIBUTION_CLASH, naming both contributors, when two claim the same drive, NIC, MAC, mount target,
 * file, variable, kernel argument, root or channel, and when one refers to a drive that nobody contributes.
 */
export function mergeContributions(contributions: readonly Contribution[]): Merged {
  const claims = new Map<string, { readonly by: string; readonly value: string }>();
  /** False when the very same thing was claimed before. */
  const claim = (by: string, what: string, value: unknown, same: "clash" | "share" = "clash"): boolean => {
    const text = JSON.stringify(value);
    const earlier = claims.get(what);
    if (earlier === undefined) {
      claims.set(what, { by, value: text });
      return true;
    }
    if (same === "share" && earlier.value === text) return false;
    throw new BangerError("CONTRIBUTION_CLASH", `${earlier.by} and ${by} both contribute ${what}`, {
      hint: `turn one of them off under [capabilities] in config.toml`,
    });
  };

  const drives: Drive[] = [];
  const nics: Nic[] = [];
  const kernelArgs: string[] = [];
  const mounts: { by: string; mount: Mount }[] = [];
  const files: GuestFile[] = [];
  const env: Record<string, string> = {};
  const settings: GuestSetting[] = [];
  let root: { by: string; value: Root } | undefined;
  let channel: { readonly name: string } | undefined;

  for (const { by, value } of contributions) {
    for (const drive of value.drives ?? []) {
      claim(by, `the drive ${drive.id}`, drive);
      drives.push(drive);
    }
    for (const nic of value.nics ?? []) {
      claim(by, `the network interface ${nic.id}`, nic);
      claim(by, `the MAC address ${nic.mac.toLowerCase()}`, nic);
      nics.push(nic);
    }
    for (const arg of value.kernelArgs ?? []) {
      const name = nameOfKernelArg(arg);
      if (claim(by, `the kernel argument ${repeatable.has(name) ? arg : name}`, arg, "share")) kernelArgs.push(arg);
      if (kernelArgs.join(" ").length > mostKernelArgs)
        throw new BangerError(
          "CAPABILITY_FAILED",
          `with those of ${by} the kernel has more than ${mostKernelArgs} characters of arguments`,
        );
    }
    if (value.root !== undefined) {
      claim(by, "the root file system", value.root);
      root = { by, value: value.root };
    }
    for (const mount of value.mounts ?? []) {
      claim(by, `a mount at ${mount.target}`, mount);
      mounts.push({ by, mount });
    }
    for (const file of value.files ?? []) {
      claim(by, `the file ${file.path}`, file);
      if (file.secret !== true) files.push(file);
    }
    const secrets = (value.files ?? []).filter(({ secret }) => secret === true);
    const { commands = [] } = value;
    if (secrets.length + commands.length > 0) settings.push({ by, secrets, commands });
    for (const [name, text] of Object.entries(value.env ?? {})) {
      claim(by, `the variable ${name}`, text, "share");
      env[name] = text;
    }
    if (value.channel !== undefined) {
      claim(by, "the agent's channel", value.channel);
      channel = value.channel;
    }
  }

  if (root === undefined) throw missing("the root file system", "a storage driver");
  if (channel === undefined) throw missing("the agent's channel", "the capability vsock");
  const known = new Set(drives.map((drive) => drive.id));
  const refer = (by: string, id: string): void => {
    if (!known.has(id))
      throw new BangerError("CONTRIBUTION_CLASH", `${by} refers to the drive ${id}, which nobody contributes`);
  };
  for (const id of root.value.kind === "overlay" ? [root.value.base, root.value.upper] : [root.value.drive])
    refer(root.by, id);
  for (const { by, mount } of mounts) if (mount.drive !== undefined) refer(by, mount.drive);
  for (const { by, value } of contributions) {
    for (const { path } of value.files ?? []) {
      const folder = parentsOf(path).find((parent) => claims.has(`the file ${parent}`));
      if (folder === undefined) continue;
      const other = claims.get(`the file ${folder}`)!.by;
      throw new BangerError(
        "CONTRIBUTION_CLASH",
        `${by} contributes the file ${path}, and ${other} the file ${folder}`,
      );
    }
  }

  return {
    drives,
    nics,
    kernelArgs,
    root: root.value,
    mounts: sortMounts(mounts.map(({ mount }) => mount)),
    files,
    env,
    channel,
    settings,
  };
}

/** `/a` and `/a/b` of `/a/b/c`. */
function parentsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}

/** A mount below another one must come after it; otherwise the contributors' order stays. */
function sortMounts(mounts: readonly Mount[]): readonly Mount[] {
  const depth = (target: string): number => target.split("/").filter(Boolean).length;
  return mounts.toSorted((a, b) => depth(a.target) - depth(b.target));
}

function missing(what: string, who: string): BangerError {
  return new BangerError("CAPABILITY_FAILED", `nobody contributes ${what}; ${who} must be enabled`);
}
