import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Qmp } from "../../src/drivers/vmm/qemu/qmp.ts";
import { createHost } from "../../src/host/index.ts";
import { emulator } from "./emulator.ts";
import { retry } from "./retry.ts";

/** RAM of the lab host. Only what is touched is taken, and what a lab never writes it shares with every other. */
export const memoryBytes = 4 * 2 ** 30;

export interface MachineFiles {
  readonly disk: string;
  readonly payload: string;
  /** The host's RAM; its size is memoryBytes. */
  readonly memory: string;
  readonly vmlinux: string;
  readonly initrd: string;
}

export interface MachineSetup {
  readonly files: MachineFiles;
  /** Folder of the sockets and of the console's log. */
  readonly dir: string;
  readonly tscKhz: number | null;
  /**
   * `template`: writes go to the files, for a state to be saved. `clone`: the files are only read (writes stay in memory and in a nameless temporary
   * file), and the machine waits for a saved state.
   */
  readonly kind: "template" | "clone";
}

/**
 * QEMU's command line for the lab host: an AMD with SVM, in emulation. What is saved by one kind is loaded by the other, so they differ in
 * nothing that a guest can see. Pure.
 */
export function machineArgv({ files, dir, tscKhz, kind }: MachineSetup): readonly string[] {
  const clone = kind === "clone";
  const kernel = [
    "console=ttyS0",
    "root=/dev/vda",
    "quiet",
    "mitigations=off",
    "tsc=reliable",
    "no_timer_check",
    "nokaslr",
  ];
  // The kernel's own measurement of the TSC fails at random in emulation.
  const append = [...kernel, ...(tscKhz === null ? [] : [`tsc_early_khz=${tscKhz}`])];
  return [
    ...["-name", "banger-lab", "-nodefaults", "-no-user-config", "-display", "none"],
    ...["-machine", "q35,memory-backend=ram", "-accel", "tcg,thread=multi,tb-size=1024", "-cpu", "EPYC"],
    ...[
      "-object",
      `memory-backend-file,id=ram,size=${memoryBytes},mem-path=${files.memory},share=${clone ? "off" : "on"}`,
    ],
    ...["-smp", "2", "-m", `${memoryBytes / 2 ** 20}M`],
    ...["-kernel", files.vmlinux, "-initrd", files.initrd, "-append", append.join(" ")],
    ...[
      "-drive",
      `if=none,id=disk,file=${files.disk},format=raw,cache=unsafe,discard=unmap,snapshot=${clone ? "on" : "off"}`,
    ],
    ...["-device", "virtio-blk-pci,drive=disk"],
    ...["-drive", `if=none,id=payload,file=${files.payload},format=raw,readonly=on`],
    ...["-device", "virtio-blk-pci,drive=payload"],
    // No way out: no scenario may depend on a network that the developer happens to have.
    ...[
      "-netdev",
      "user,id=uplink,restrict=on,hostfwd=tcp:127.0.0.1:0-:22",
      "-device",
      "virtio-net-pci,netdev=uplink,romfile=",
    ],
    ...["-device", "virtio-rng-pci"],
    ...["-serial", `file:${join(dir, "console.log")}`],
    ...[
      "-chardev",
      `socket,id=qmp,path=${join(dir, "qmp.sock")},server=on,wait=off`,
      "-mon",
      "chardev=qmp,mode=control",
    ],
    ...(clone ? ["-incoming", "defer"] : []),
  ];
}

export interface Machine {
  readonly pid: number;
  readonly qmp: Qmp;
  /** Port on 127.0.0.1 behind which the host's sshd is. */
  readonly sshPort: number;
  /** Resolves when QEMU has ended. */
  readonly exited: Promise<unknown>;
}

/**
 * Starts QEMU. A clone is still to be given its state.
 * @param lasting outlives this process
 */
export async function startMachine(setup: Omit<MachineSetup, "tscKhz">, lasting = false): Promise<Machine> {
  const { dir } = setup;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const tscKhz = await createHost({ env: process.env }).tscKhz();
  const log = openSync(join(dir, "qemu.log"), "a", 0o600);
  const tied = lasting ? ["setsid", "--"] : ["setpriv", "--pdeathsig", "KILL", "--"];
  const child = Bun.spawn([...tied, await emulator(), ...machineArgv({ ...setup, tscKhz })], {
    env: { ...process.env, TMPDIR: dir },
    stdin: "ignore",
    stdout: log,
    stderr: log,
  });
  closeSync(log);
  if (lasting) child.unref();
  const qmp = await retry(() => Qmp.open(join(dir, "qmp.sock"))).catch(() => failed(dir));
  return { pid: child.pid, qmp, sshPort: await sshPort(qmp), exited: child.exited };
}

function failed(dir: string): never {
  throw new Error(`QEMU does not answer: ${readFileSync(join(dir, "qemu.log"), "utf8")}`);
}

async function sshPort(qmp: Qmp): Promise<number> {
  const table = (await qmp.execute("human-monitor-command", { "command-line": "info usernet" })) as string;
  const port = /HOST_FORWARD.*?127\.0\.0\.1\s+(\d+)/.exec(table)?.[1];
  if (port === undefined) throw new Error(`no forwarded port in:\n${table}`);
  return Number(port);
}

/** Writes the machine's state, RAM excepted, to a file, and leaves the machine stopped. RAM is in its own file by then. */
export async function saveState(qmp: Qmp, file: string): Promise<void> {
  await qmp.execute("stop");
  await shareMemory(qmp);
  await qmp.execute("migrate", { uri: `exec:cat > '${file}'` });
  await retry(async () => {
    const { status } = (await qmp.execute("query-migrate")) as { status: string };
    if (status === "failed") throw new Error("QEMU could not save its state");
    if (status !== "completed") throw new Error(`saving: ${status}`);
  });
}

export async function loadState(qmp: Qmp, file: string): Promise<void> {
  await shareMemory(qmp);
  await qmp.execute("migrate-incoming", { uri: `exec:cat '${file}'` });
  await retry(async () => {
    const { status } = (await qmp.execute("query-status")) as { status: string };
    if (status !== "paused") throw new Error(`loading: ${status}`);
  });
  await qmp.execute("cont");
}

/** The state goes without the RAM: that is a file which the next one maps. */
async function shareMemory(qmp: Qmp): Promise<void> {
  await qmp.execute("migrate-set-capabilities", { capabilities: [{ capability: "x-ignore-shared", state: true }] });
}
