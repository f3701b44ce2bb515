import { closeSync, constants, openSync } from "node:fs";
import { dirname } from "node:path";
import { connectDescriptor } from "./descriptor-line.ts";
import { ensurePrivateDir } from "./private-dir.ts";
import { searchPath } from "./search-path.ts";

export interface PluginProcessOptions {
  /** What starts this very program. */
  readonly self: readonly string[];
  readonly name: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where what it prints goes: to the end of a file, which is made with mode 0600, to our stderr, or nowhere. */
  readonly output: { readonly path: string } | "stderr" | "nowhere";
  readonly onData: (data: Uint8Array) => void;
  /** Called once, when the process has ended: with `status 3`, `SIGSEGV`. */
  readonly onEnd: (how: string) => void;
}

export interface PluginProcess {
  readonly pid: number;
  /** Keeps what the other side is too slow for. */
  write(text: string): void;
  /** At once, with the processes of its group. Idempotent. */
  kill(): void;
}

/** The runtime tells nobody of a crash, and leaves no files behind of what it has imported. */
const quiet = { BUN_ENABLE_CRASH_REPORTING: "0", BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" };

/** What a plugin gets of our environment: where things are and how people write, and no more than that. */
const passedOn = /^(HOME|USER|LOGNAME|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|XDG_(CONFIG|CACHE|DATA|STATE)_HOME)$/;

/** Starts the process of one plugin: bounded, in a session of its own, with a socket of which it has the other end at descriptor 3. */
export async function startPluginProcess(options: PluginProcessOptions): Promise<PluginProcess> {
  const { self, name, output } = options;
  const log = typeof output === "object" ? await openLog(output.path) : null;
  const out = log ?? (output === "stderr" ? 2 : "ignore");
  const child = (() => {
    try {
      return Bun.spawn([...self, "internal", "plugin", "begin", String(process.pid), name], {
        cwd: "/",
        env: environment(options.env),
        stdio: ["ignore", out, out, "pipe"],
        detached: true,
      });
    } finally {
      if (log !== null) closeSync(log);
    }
  })();
  child.unref();
  const line = await connectDescriptor(child.stdio[3]!, { onData: options.onData, onClose: () => {} });
  const kill = (): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      child.kill("SIGKILL");
    }
  };
  void child.exited.then(() => {
    line.close();
    options.onEnd(String(child.signalCode ?? `status ${child.exitCode}`));
  });
  return { pid: child.pid, write: line.write, kill };
}

async function openLog(path: string): Promise<number> {
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  await ensurePrivateDir(dirname(path));
  return openSync(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
}

function environment(ours: PluginProcessOptions["env"]): Record<string, string> {
  const own = Object.entries(ours).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && passedOn.test(entry[0]),
  );
  return { ...Object.fromEntries(own), ...quiet, PATH: searchPath(ours["PATH"]).join(":") };
}
