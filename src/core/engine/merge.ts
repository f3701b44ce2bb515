import type { Contributions, Drive, GuestFile, Mount, Nic, Root } from "../api/contributions.ts";
import { BangerError } from "../api/errors.ts";

/** What one participant gave back at one of its stages. */
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
  readonly files: readonly GuestFile[];
  readonly env: Readonly<Record<string, string>>;
  readonly channel: { readonly name: string };
}

/** Kernel arguments that may stand more than once with different values. */
const repeatable = new Set(["console", "earlycon"]);

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
  let root: { by: string; value: Root } | undefined;
  let channel: { readonly name: string } | undefined;

  for (const { by, value } of contributions) {
    for (const drive of value.drives ?? []) {
      checkDriveId(by, drive.id);
      claim(by, `the drive ${drive.id}`, drive);
      drives.push(drive);
    }
    for (const nic of value.nics ?? []) {
      claim(by, `the network interface ${nic.id}`, nic);
      claim(by, `the MAC address ${nic.mac.toLowerCase()}`, nic);
      nics.push(nic);
    }
    for (const arg of value.kernelArgs ?? []) {
      checkKernelArg(by, arg);
      const key = arg.split("=", 1)[0] ?? arg;
      if (claim(by, `the kernel argument ${repeatable.has(key) ? arg : key}`, arg, "share")) kernelArgs.push(arg);
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
      files.push(file);
    }
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

  return {
    drives,
    nics,
    kernelArgs,
    root: root.value,
    mounts: sortMounts(mounts.map(({ mount }) => mount)),
    files,
    env,
    channel,
  };
}

/** A mount below another one must come after it; otherwise the contributors' order stays. */
function sortMounts(mounts: readonly Mount[]): readonly Mount[] {
  const depth = (target: string): number => target.split("/").filter(Boolean).length;
  return mounts.toSorted((a, b) => depth(a.target) - depth(b.target));
}

function checkDriveId(by: string, id: string): void {
  if (!/^[a-z0-9-]{1,20}$/.test(id)) {
    throw new BangerError(
      "CAPABILITY_FAILED",
      `${by} contributes a drive with the id ${JSON.stringify(id)}: 1 to 20 of a-z, 0-9 and - are allowed`,
    );
  }
}

function checkKernelArg(by: string, arg: string): void {
  if (arg === "" || /[\s"\0]/.test(arg)) {
    throw new BangerError(
      "CAPABILITY_FAILED",
      `${by} contributes the kernel argument ${JSON.stringify(arg)}: no spaces or quotes are allowed`,
    );
  }
}

function missing(what: string, who: string): BangerError {
  return new BangerError("CAPABILITY_FAILED", `nobody contributes ${what}; ${who} must be enabled`);
}
