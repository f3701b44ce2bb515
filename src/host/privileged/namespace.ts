import { closeSync, constants, openSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { BangerError } from "../../core/api/errors.ts";
import type { namespaceOperations } from "../../core/privileged/namespace.ts";
import { parsePasswd } from "../passwd.ts";
import { parseStat } from "../proc.ts";
import type { Handlers } from "./index.ts";
import { refused } from "./owned-file.ts";
import { subordinateRange, type IdRange } from "./subordinate-ids.ts";

export const namespaceHandlers: Handlers<keyof typeof namespaceOperations> = {
  async "namespace.map"({ host, principal }, { pid, startTime }) {
    const { stdout } = await host.run(["getent", "passwd", "--", String(principal.uid)], { okCodes: [0, 2] });
    const name = parsePasswd(stdout)?.name;
    const names = [...(name === undefined ? [] : [name]), String(principal.uid)];
    const [uids, gids] = ["/etc/subuid", "/etc/subgid"].map((path) => rangeIn(path, names)) as [IdRange, IdRange];
    let folder: number;
    try {
      // What is read and written through it is this very process's, whoever has its number later.
      folder = openSync(`/proc/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch (cause) {
      throw refused(`there is no process ${pid}`, cause);
    }
    try {
      const at = (name: string): string => `/proc/self/fd/${folder}/${name}`;
      const why = objection(at, principal.uid, startTime);
      if (why !== null) throw refused(`process ${pid} ${why}`);
      writeFileSync(at("gid_map"), mapOf(principal.gid, gids));
      writeFileSync(at("uid_map"), mapOf(principal.uid, uids));
    } finally {
      closeSync(folder);
    }
    return null;
  },
};

/** Why that process gets no maps, or null. @param at the path of a file of its folder in /proc */
export function objection(at: (name: string) => string, uid: number, startTime: number): string | null {
  const read = (name: string): string => readFileSync(at(name), "latin1");
  try {
    if (parseStat(read("stat")).startTime !== startTime) return "is another one now";
    if (!new RegExp(`^Uid:\t${uid}\t${uid}\t${uid}\t${uid}$`, "m").test(read("status"))) return "is not the owner's";
    if (readlinkSync(at("ns/user")) === readlinkSync("/proc/self/ns/user")) return "has no user namespace of its own";
    return read("uid_map").trim() + read("gid_map").trim() === "" ? null : "has its maps already";
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "has ended";
    throw error;
  }
}

function rangeIn(path: string, names: readonly string[]): IdRange {
  const range = subordinateRange(readFileSync(path, "utf8"), names);
  if (range !== null) return range;
  throw new BangerError("PRIVILEGE_REFUSED", `${path} gives ${names[0]} no subordinate ids`, {
    hint: `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${names[0]}`,
  });
}

/** The owner is root, the subordinate ids are 1 and up. Pure. */
function mapOf(id: number, { start, count }: IdRange): string {
  return `0 ${id} 1\n1 ${start} ${count}\n`;
}
