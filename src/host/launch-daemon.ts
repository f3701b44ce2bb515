import { closeSync, constants, openSync } from "node:fs";
import { dirname } from "node:path";
import { childEnvironment, type Environment } from "./environment.ts";
import { ensurePrivateDir } from "./private-dir.ts";
import { searchPath } from "./search-path.ts";

/**
 * Starts banger's own daemon detached and waits for the line it writes to its descriptor 3.
 * What it prints goes to its log where that can be opened; where not, the daemon itself will say why.
 * @returns the line, or null when it closed the descriptor or died without one
 */
export async function launchDaemon(argv: readonly string[], env: Environment, logPath: string): Promise<string | null> {
  const log = await openLog(logPath);
  try {
    const child = Bun.spawn([...argv], {
      cwd: "/",
      env: childEnvironment(env, searchPath(env["PATH"])),
      stdio: ["ignore", log ?? "ignore", log ?? "ignore", "pipe"],
      detached: true,
    });
    child.unref();
    return await readLine(child.stdio[3]!);
  } finally {
    if (log !== null) closeSync(log);
  }
}

async function openLog(path: string): Promise<number | null> {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  try {
    await ensurePrivateDir(dirname(path));
    return openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
  } catch {
    return null;
  }
}

/** One line from a descriptor, which is closed afterwards. */
async function readLine(fd: number): Promise<string | null> {
  const line = Promise.withResolvers<string | null>();
  const decoder = new TextDecoder();
  let text = "";
  const options = {
    fd,
    socket: {
      data(socket: Bun.Socket, chunk: Uint8Array) {
        text += decoder.decode(chunk, { stream: true });
        const end = text.indexOf("\n");
        if (end === -1) return;
        line.resolve(text.slice(0, end));
        socket.end();
      },
      end: () => line.resolve(null),
      close: () => line.resolve(null),
      error: () => line.resolve(null),
    },
  };
  // Bun's types do not know that it takes a descriptor.
  await Bun.connect(options as unknown as Bun.UnixSocketOptions);
  return line.promise;
}
