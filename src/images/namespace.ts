import { BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import { findTools } from "./tools.ts";

/**
 * An argv to put in front of a program that has to be root over files of many owners. For an ordinary user that is a user
 * namespace in which the user is root and the subordinate ids are everyone else; mounts and processes made in it end with it.
 */
export type Prefix = readonly string[];

const contained = ["--mount", "--pid", "--fork", "--kill-child", "--"];

/** Finds the prefix that works here. Throws TOOL_MISSING, or IMAGE_BUILD_FAILED saying what this user lacks. */
export async function rootPrefix(host: Host, uid: number): Promise<Prefix> {
  const tools = await findTools(
    host,
    "to build an image",
    uid === 0 ? ["unshare", "true"] : ["unshare", "true", "newuidmap"],
  );
  const [first, ...rest] = [...(uid === 0 ? [] : await host.userNamespace()), tools.unshare, ...contained] as const;
  const prefix = [first, ...rest] as const;
  const tried = await host.run([...prefix, tools.true], { okCodes: [0, 1, 127], env: { LC_ALL: "C" } });
  if (tried.code === 0) return prefix;
  // Root without the right to unshare (in some containers) still builds: mmdebstrap then does without mounts.
  if (uid === 0) return [];
  throw new BangerError("IMAGE_BUILD_FAILED", "this user may not make the user namespace that a build runs in", {
    detail: [[...prefix, tools.true].join(" "), ...tried.stderr.trim().split("\n")],
    hint: namespaceHint(tried.stderr),
  });
}

/** What helps against a failure of unshare, from what it wrote. Pure. */
export function namespaceHint(stderr: string): string {
  if (/subuid|subgid|newuidmap|newgidmap/.test(stderr)) {
    return "give the user subordinate ids: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER";
  }
  if (/unrecognized option|invalid option/.test(stderr)) return "util-linux 2.38 or later is needed, or build as root";
  return "allow user namespaces (sudo sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0), or build as root";
}

/** A prefix that makes this user's own files look like root's, and nothing more: needs no subordinate ids. */
export async function ownedByRoot(host: Host, uid: number): Promise<Prefix> {
  if (uid === 0) return [];
  const tools = await findTools(host, "to build a kernel", ["unshare"]);
  return [tools.unshare, "--user", "--map-root-user", "--"];
}
