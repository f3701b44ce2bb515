import { lstat } from "node:fs/promises";
import { BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import { parsePasswd, type PasswdEntry } from "../host/passwd.ts";

export type Owner = PasswdEntry;

/** An ordinary user of this host by name. @throws BangerError USAGE */
export async function findOwner(host: Pick<Host, "run">, name: string): Promise<Owner> {
  const { stdout } = await host.run(["getent", "passwd", "--", name], { okCodes: [0, 2] });
  const owner = parsePasswd(stdout);
  // getent takes a number for a user id.
  if (owner === null || owner.name !== name) throw new BangerError("USAGE", `there is no user ${JSON.stringify(name)}`);
  if (owner.uid === 0) {
    throw new BangerError("USAGE", "the owner of the service is an ordinary user, not root", {
      hint: "root needs no service: sudo banger vm run has every driver",
    });
  }
  const home = await lstat(owner.home).catch(() => null);
  if (home?.isDirectory() !== true || home.uid !== owner.uid) {
    throw new BangerError("USAGE", `${name} has no home directory of their own at ${owner.home}`);
  }
  return owner;
}

/** An argv that runs a program with the owner's rights alone: what happens in a home directory is never done by root. */
export function asOwner({ uid, gid }: Pick<Owner, "uid" | "gid">, ...argv: readonly [string, ...string[]]) {
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--", ...argv] as const;
}

/** Those folders of the owner's that are missing, outermost first. */
export async function missingFolders(home: string): Promise<readonly string[]> {
  const wanted = [".local", ".local/state", ".local/state/banger", ".local/state/banger/ssh"].map(
    (path) => `${home}/${path}`,
  );
  const there = await Promise.all(wanted.map((path) => lstat(path).catch(() => null)));
  return wanted.filter((_, index) => there[index] === null);
}
