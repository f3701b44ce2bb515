import { closeSync, constants, fstatSync, lstatSync, openSync } from "node:fs";
import { errno, libc, systemError } from "./libc.ts";

export interface FileLock {
  /** Idempotent. The file stays: removing it would let two hold the lock. */
  release(): void;
}

const lockEx = 2;
const lockNb = 4;
/** How long to wait between two tries, in milliseconds: at first, and at most. */
const waits = { first: 2, most: 50 };

/**
 * Takes the lock of a file (made with mode 0600), or returns null when another process, or another holder in this one, has it. It ends
 * with this process whatever happens, and children do not inherit it. A link at the path is refused with ELOOP.
 */
export async function lockFile(path: string): Promise<FileLock | null> {
  for (;;) {
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
    const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600); // close-on-exec, as all of Bun's
    let held = false;
    try {
      if (libc.flock(fd, lockEx | lockNb) !== 0) {
        const code = errno();
        if (code === "EAGAIN" || code === "EWOULDBLOCK") return null;
        throw systemError(`flock '${path}'`, code);
      }
      held = isAt(fd, path);
    } finally {
      if (!held) closeSync(fd);
    }
    // Someone replaced the file in between: the lock that counts is that of the file at the path.
    if (held) return holder(fd);
  }
}

/** Like lockFile, but waits its turn; rejects with the signal's reason. */
export async function waitLock(path: string, signal?: AbortSignal): Promise<FileLock> {
  for (let wait = waits.first; ; wait = Math.min(wait * 2, waits.most)) {
    signal?.throwIfAborted();
    const lock = await lockFile(path);
    if (lock !== null) return lock;
    await Bun.sleep(wait);
  }
}

function holder(fd: number): FileLock {
  let open = true;
  return {
    release: () => {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

function isAt(fd: number, path: string): boolean {
  const held = fstatSync(fd);
  const there = lstatSync(path, { throwIfNoEntry: false });
  return there?.ino === held.ino && there.dev === held.dev;
}
