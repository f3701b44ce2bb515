import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Account } from "./account.ts";
import { beginCoverage, bringCoverage } from "./coverage.ts";
import { Connection, type Address, type CommandOptions, type Finished } from "./connection.ts";
import { pinned, type Pinned } from "./firecracker.ts";
import { inventory, type Inventory } from "./inventory.ts";
import { loadState, startMachine } from "./machine.ts";
import { payload } from "./payload.ts";
import { ready } from "./ready.ts";
import { retry } from "./retry.ts";

/** Where the counts of an instrumented banger belong; undefined where nothing is measured. */
const coverage = process.env["BANGER_COVERAGE_DIR"];

/** How to get at a lab host that runs. */
export interface LabHandle extends Address {
  /** Of QEMU. */
  readonly pid: number;
  readonly dir: string;
}

export interface RunOptions extends CommandOptions {
  /** Default: root. */
  readonly user?: string;
}

/** A whole Debian host, fresh from its saved state: root, systemd, KVM, device-mapper, Firecracker, and banger as `banger` on PATH. */
export class Lab extends Account {
  readonly #accounts = new Map<string, Promise<Connection>>();

  private constructor(readonly handle: LabHandle) {
    super("root", (argv, options) => this.run(argv, options));
  }

  /** A fresh one, this process's own: it ends with this process. */
  static async up({ lasting = false } = {}): Promise<Lab> {
    const [saved, drive] = await Promise.all([ready(), payload()]);
    const dir = mkdtempSync("/tmp/banger-lab-");
    const files = { ...saved, payload: drive };
    const machine = await startMachine({ files, dir, kind: "clone" }, lasting);
    await loadState(machine.qmp, saved.state);
    machine.qmp.close();
    const login = join(dir, "login"); // the cache may be emptied while this one is up
    copyFileSync(saved.login, login);
    const lab = new Lab({ pid: machine.pid, dir, port: machine.sshPort, login, hostKey: saved.hostKey });
    await lab.#settle();
    if (coverage) await beginCoverage(lab);
    return lab;
  }

  /** One that another process has left running. */
  static attach(handle: LabHandle): Lab {
    return new Lab(handle);
  }

  /** A restored clock stands at the moment of saving; the payload is what it is today. */
  async #settle(): Promise<void> {
    const now = (Date.now() / 1000).toFixed(3);
    await this.ok(["sh", "-ec", 'date -s "@$0" > /dev/null; mountpoint -q /payload || mount /payload', now]);
  }

  /** Runs a program with exactly these arguments as root, or as another in a login session of theirs. */
  override async run(argv: readonly string[], { user = "root", ...options }: RunOptions = {}): Promise<Finished> {
    return (await this.#connection(user)).run(argv, options);
  }

  /** Programs run as that user from there. */
  user(name: string): Account {
    return new Account(name, (argv, options) => this.run(argv, { ...options, user: name }));
  }

  #connection(user: string): Promise<Connection> {
    let opened = this.#accounts.get(user);
    if (opened === undefined) {
      opened = Connection.open(this.handle, user);
      opened.catch(() => this.#accounts.delete(user));
      this.#accounts.set(user, opened);
    }
    return opened;
  }

  /** A connection's own channel, for what needs its streams or a terminal. */
  async connection(user = "root"): Promise<Connection> {
    return this.#connection(user);
  }

  async put(path: string, content: string | Uint8Array, { mode = "644", owner = "root" } = {}): Promise<void> {
    await this.ok(["sh", "-ec", 'umask 077; cat > "$0"; chown "$1:" "$0"; chmod "$2" "$0"', path, owner, mode], {
      stdin: content,
    });
  }

  async get(path: string): Promise<string> {
    return this.ok(["cat", path]);
  }

  /** Gives a state directory, not there yet or without images, the guest image and kernel of an account that has them, as hard links. */
  async images(stateDir: string, owner: "root" | "u" = "root"): Promise<void> {
    const from = `${owner === "root" ? "/root" : "/home/u"}/.local/state/banger`;
    await this.ok(["install", "-d", "-o", owner, "-g", owner, "-m", "700", stateDir]);
    await this.ok(["cp", "-al", `${from}/images`, `${from}/kernels`, stateDir]);
  }

  /** What there is on the host that a VM could have left: compare one from before with one from after. */
  inventory(): Promise<Inventory> {
    return inventory(this);
  }

  /** Fails unless that process is the pinned program and holds a VM of KVM. */
  async assertFirecracker(pid: number): Promise<void> {
    await this.assertProgram(`/proc/${pid}/exe`, "firecracker");
    await this.assertKvm(pid);
  }

  /** Fails unless that file is the pinned program, to the byte. */
  async assertProgram(path: string, program: Pinned): Promise<void> {
    const [sha256] = (await this.ok(["sha256sum", path])).split(" ");
    if (sha256 !== pinned[program]) throw new Error(`${path} is ${sha256}, not ${program} ${pinned[program]}`);
  }

  /** Fails unless that process holds a VM of KVM. */
  async assertKvm(pid: number): Promise<void> {
    const links = await this.ok(["sh", "-c", `readlink /proc/${pid}/fd/* || true`]);
    if (!links.split("\n").includes("anon_inode:kvm-vm"))
      throw new Error(`process ${pid} holds no VM of KVM:\n${links}`);
  }

  /** A real one, with systemd's shutdown; resolves when the host has come up again. */
  async reboot(): Promise<void> {
    const before = await this.get("/proc/sys/kernel/random/boot_id");
    await this.run(["systemctl", "reboot"]).catch(() => {});
    await this.#comeBack(before);
  }

  /** What was not synced to the disk is lost, nobody is asked; resolves when the host has come up again. */
  async powerCycle(): Promise<void> {
    const before = await this.get("/proc/sys/kernel/random/boot_id");
    await this.run(["sh", "-c", "echo b > /proc/sysrq-trigger"], { timeout: 2000 }).catch(() => {});
    await this.#comeBack(before);
  }

  async #comeBack(before: string): Promise<void> {
    await retry(async () => {
      this.disconnect();
      if ((await this.get("/proc/sys/kernel/random/boot_id")) === before) throw new Error("the host has not rebooted");
    }, 180_000);
    await this.run(["systemctl", "is-system-running", "--wait"]);
    await this.#settle();
  }

  /** Closes the connections; the host goes on. */
  disconnect(): void {
    for (const opened of this.#accounts.values()) opened.then((connection) => connection.close()).catch(() => {});
    this.#accounts.clear();
  }

  async down(): Promise<void> {
    // A host that a scenario has broken is no reason to keep it.
    if (coverage) await bringCoverage(this, coverage).catch((error) => console.error(`lab: no coverage: ${error}`));
    this.disconnect();
    try {
      process.kill(this.handle.pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    rmSync(this.handle.dir, { recursive: true, force: true });
  }

  /** Copies files and folders from the host to a folder here, at some 8 MB/s. What is not there is passed over. */
  async fetch(paths: readonly string[], folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    const script = 'cd /; for p; do [ -e "$p" ] && printf "%s\\0" ".$p"; done | tar cz --null -T - 2> /dev/null; true';
    const { bytes } = await this.run(["sh", "-c", script, "sh", ...paths]);
    const tar = Bun.spawn(["tar", "xz", "--no-same-owner", "-C", folder], { stdin: bytes, stderr: "ignore" });
    await tar.exited;
  }

  /** Copies the logs of the host and of every account's banger to a folder here. */
  async evidence(folder: string): Promise<void> {
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(this.handle.dir, "console.log"), join(folder, "console.log"));
    const states = "/root/.local/state/banger /home/*/.local/state/banger /var/lib/banger";
    const list = `journalctl -b --no-pager > /tmp/journal.log; find ${states} -name '*.log' -size -10M`;
    const { stdout } = await this.run(["sh", "-c", list]);
    await this.fetch(["/tmp/journal.log", ...stdout.split("\n").filter(Boolean)], folder);
  }
}
