import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const ordinaryUid = 61_183;
const uid = ordinaryUid;

export interface OrdinaryUser {
  /** In front of a program's argv. */
  readonly prefix: readonly string[];
  /** The same for root, who then sees that user in /etc too. */
  readonly asRoot: readonly string[];
  /** A private directory, the program's working directory and HOME. */
  readonly home: string;
}

/**
 * An argv in front of a program that makes it run as an ordinary user with subordinate ids, whom this host knows nothing of: the
 * user exists in a mount namespace only. Root alone can do that.
 * @param dir an empty directory of the test's own
 */
export function ordinaryUser(dir: string): OrdinaryUser {
  const etc = join(dir, "etc");
  const home = join(dir, "home");
  mkdirSync(etc, { recursive: true });
  mkdirSync(home, { mode: 0o700 });
  chownSync(home, uid, uid);
  chmodSync(dir, 0o755);
  writeFileSync(join(etc, "passwd"), `${readFileSync("/etc/passwd", "utf8")}guest:x:${uid}:${uid}::${home}:/bin/sh\n`);
  writeFileSync(join(etc, "group"), `${readFileSync("/etc/group", "utf8")}guest:x:${uid}:\n`);
  for (const name of ["subuid", "subgid"]) writeFileSync(join(etc, name), "guest:1000000:65536\n");
  const mounts = `for name in passwd group subuid subgid; do mount --bind "$0/$name" /etc/$name || exit 1; done`;
  const script = `${mounts}
    cd "$1" && export HOME="$1" && shift && exec setpriv --reuid ${uid} --regid ${uid} --clear-groups -- "$@"`;
  const inside = ["unshare", "--mount", "--", "sh", "-c"];
  return {
    prefix: [...inside, script, etc, home],
    asRoot: [...inside, `${mounts}\n    exec "$@"`, etc],
    home,
  };
}
