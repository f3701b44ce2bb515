import { Database } from "bun:sqlite";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { banger } from "./binary.ts";
import { leftovers, strayFiles, type Leftovers } from "./inventory.ts";
import { sharedState } from "./shared-images.ts";

export { banger };

export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Uint8Array;
  readonly ms: number;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Milliseconds; the process is killed past it and the test fails. */
  readonly timeout?: number;
}

interface WorldOptions {
  readonly images?: boolean;
  readonly program?: string;
  readonly plugins?: string | undefined;
}

/** A user's account of its own: XDG folders under one short path in /tmp, with the default image and kernel unless told otherwise. */
export class World {
  /** In front of every banger's argv: what puts it somewhere else than this process, a namespace say. */
  prefix: readonly string[] = [];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its own DNS port and block of loopback addresses: worlds are side by side on one host. */
  readonly dns = { port: 20_000 + Math.floor(Math.random() * 12_000), block: Math.floor(Math.random() * 256) };

  private constructor(
    readonly root: string,
    private readonly program: string,
    private readonly plugins: string | undefined,
  ) {
    this.env = {
      ...process.env,
      HOME: join(root, "home"),
      XDG_CONFIG_HOME: join(root, "config"),
      XDG_STATE_HOME: join(root, "state"),
      XDG_CACHE_HOME: join(root, "cache"),
      XDG_RUNTIME_DIR: join(root, "run"),
      NO_COLOR: "1",
    };
  }

  /**
   * `plugins`: a folder that builtins-as-plugins.ts made, for a program that has no capabilities of its own. With BANGER_TEST_PLUGINS every
   * world has it.
   */
  static async create({
    images = true,
    program = banger,
    plugins = process.env["BANGER_TEST_PLUGINS"],
  }: WorldOptions = {}): Promise<World> {
    const world = new World(mkdtempSync("/tmp/be-"), program, plugins);
    for (const name of ["home", "config", "state", "cache", "run"]) mkdirSync(join(world.root, name), { mode: 0o700 });
    if (plugins !== undefined) {
      cpSync(plugins, join(world.root, "config/banger/plugins"), { recursive: true });
      for (const path of ["config/banger", "config/banger/plugins"]) chmodSync(join(world.root, path), 0o700);
    }
    world.configure("");
    if (images) await sharedState(world.stateDir);
    return world;
  }

  /** `~/.local/state/banger` of this world. */
  get stateDir(): string {
    return join(this.root, "state/banger");
  }

  get runtimeDir(): string {
    return join(this.root, "run/banger");
  }

  /** Writes config.toml; what a world has of its own comes after what it is given. */
  configure(toml: string): void {
    const { port, block } = this.dns;
    const dns = toml.includes("[capabilities.dns]") ? "" : `[capabilities.dns]\nport = ${port}\nblock = ${block}\n`;
    const own = this.plugins === undefined ? dns : `${dns}${readFileSync(join(this.plugins, "pins.toml"), "utf8")}`;
    mkdirSync(join(this.root, "config/banger"), { recursive: true, mode: 0o700 });
    writeFileSync(join(this.root, "config/banger/config.toml"), toml + own);
  }

  spawn(args: readonly string[], { env, cwd, stdin }: RunOptions = {}) {
    return Bun.spawn([...this.prefix, this.program, ...args], {
      env: { ...this.env, ...env },
      cwd: cwd ?? join(this.root, "home"),
      stdin: stdin === undefined ? "ignore" : typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin,
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const began = performance.now();
    const child = this.spawn(args, options);
    const limit = options.timeout ?? 120_000;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, limit);
    const [output, stderr] = await Promise.all([
      new Response(child.stdout).arrayBuffer(),
      new Response(child.stderr).text(),
    ]);
    await child.exited;
    clearTimeout(timer);
    if (late) throw new Error(`banger ${args.join(" ")} did not end within ${limit} ms\n${stderr}\n${this.evidence()}`);
    const ms = performance.now() - began;
    const bytes = new Uint8Array(output);
    return {
      code: child.exitCode,
      signal: child.signalCode === null ? null : String(child.signalCode),
      bytes,
      stdout: new TextDecoder().decode(bytes),
      stderr,
      ms,
    };
  }

  /** Runs and expects success; returns stdout without its last line end. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`banger ${args.join(" ")} exited ${code}\n${stderr}\n${this.evidence()}`);
    return stdout.replace(/\n$/, "");
  }

  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, "--json")) as T;
  }

  async daemonPid(): Promise<number> {
    return (await this.json<{ pid: number }>("daemon", "status")).pid;
  }

  /** Rows of the state store, read beside a daemon that may run. */
  rows<T = Record<string, unknown>>(sql: string): T[] {
    const database = new Database(join(this.stateDir, "state.db"), { readonly: true });
    try {
      return database.query(sql).all() as T[];
    } finally {
      database.close();
    }
  }

  /** What helps when a scenario fails: the journal and the tails of the logs. */
  evidence(): string {
    const parts: string[] = [];
    try {
      parts.push(`journal: ${JSON.stringify(this.rows("select * from journal"), null, 1)}`);
    } catch (error) {
      parts.push(`journal: ${String(error)}`);
    }
    const logs = [join(this.stateDir, "daemon.log")];
    const vms = join(this.stateDir, "vms");
    for (const id of existsSync(vms) ? readdirSync(vms) : [])
      logs.push(join(vms, id, "vmm.log"), join(vms, id, "console.log"));
    for (const path of logs) if (existsSync(path)) parts.push(`${path}:\n${readFileSync(path, "utf8").slice(-3000)}`);
    return parts.join("\n");
  }

  /** Deletes every VM, ends the daemon and removes the world; throws when banger left anything behind outside its folders. */
  async destroy(): Promise<void> {
    let left: Leftovers;
    let strays: readonly string[];
    try {
      const { code, stdout } = await this.run(["vm", "list", "--json"]);
      // Where the scenario has broken the state there is nothing to ask.
      const names = code === 0 ? (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name) : [];
      if (names.length > 0) await this.run(["vm", "delete", "--force", ...names]);
      await this.run(["daemon", "stop"]);
    } finally {
      left = await leftovers(this.root);
      strays = await strayFiles(this.root);
      for (const { pid } of left.processes) process.kill(pid, "SIGKILL");
      rmSync(this.root, { recursive: true, force: true });
    }
    const all = [...left.lines, ...strays.map((path) => `stray file ${path}`)];
    if (all.length > 0) throw new Error(`left behind:\n${all.join("\n")}`);
  }
}
