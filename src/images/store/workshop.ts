import { randomBytes } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Host, ProcessIdentity } from "../../core/api/host.ts";
import { findTools } from "../tools.ts";

/** Names of the directories in it: whose it is, then the owner's pid and start time, then chance. */
const pattern = /^.+\.(\d+)-(\d+)\.[0-9a-f]{8}$/;

/**
 * Where things are made before they are published: a private directory for each attempt, on the file system of the target, whose
 * very name says which process works in it. What a dead process left is no more than waste.
 */
export class Workshop {
  readonly #host: Host;
  readonly #dir: string;
  readonly #uid: number;

  constructor(host: Host, dir: string, uid: number) {
    this.#host = host;
    this.#dir = dir;
    this.#uid = uid;
  }

  /** A new private directory for making what is called `name`. */
  async open(name: string): Promise<string> {
    const { pid, startTime } = await this.#host.self();
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const path = join(
      this.#dir,
      `${encodeURIComponent(name).slice(0, 100)}.${pid}-${startTime}.${randomBytes(4).toString("hex")}`,
    );
    await mkdir(path, { mode: 0o700 });
    return path;
  }

  /** Removes a directory made by `open`, programs that still work in it first. */
  async close(path: string): Promise<void> {
    const left = await this.#host.findProcesses(path);
    await Promise.all(left.map((process) => this.#host.signal(process, "SIGKILL")));
    await Promise.all(left.map((process) => this.#host.waitExit(process)));
    await this.#remove(path);
  }

  /** Removes what dead processes left. @returns whether nobody works here now */
  async sweep(): Promise<boolean> {
    let idle = true;
    for (const name of await readdir(this.#dir).catch(() => [])) {
      const owner = ownerOf(name);
      if (owner !== null && (await this.#host.isAlive(owner))) idle = false;
      else await this.close(join(this.#dir, name));
    }
    return idle;
  }

  /** The tree of a build has files of the user's subordinate ids: only root of that user's namespace may remove them. */
  async #remove(path: string): Promise<void> {
    try {
      await this.#host.remove(path);
    } catch (error) {
      if (this.#uid === 0) throw error;
      const { rm } = await findTools(this.#host, "to remove what a build left", ["rm"]);
      await this.#host.run([...(await this.#host.userNamespace()), rm, "-rf", "--", path]);
    }
  }
}

/** Who works in a directory of that name; null for a name that is none of ours. */
export function ownerOf(name: string): ProcessIdentity | null {
  const [, pid, startTime] = pattern.exec(name) ?? [];
  return pid === undefined ? null : { pid: Number(pid), startTime: Number(startTime), marker: "" };
}
