import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import type { VmmProbe } from "../../../core/api/drivers.ts";
import type { Host } from "../../../core/api/host.ts";
import type { QemuConfig } from "./config.ts";

const program = "qemu-system-x86_64";
/** The first whose sockets and machine take the options of argv.ts. */
const oldest = 6;

/** What an installed QEMU can do. */
export interface QemuFacts {
  readonly version: string;
  /** Whether it can give up the system calls it does not need. */
  readonly sandbox: boolean;
  /** Why it cannot be used; empty when it can. */
  readonly lack: string;
}

/** Finds QEMU and asks it what it can do, once for each file that it is. */
export class QemuProbe {
  readonly #facts = new Map<string, Promise<QemuFacts>>();

  async probe(host: Host, config: QemuConfig): Promise<VmmProbe & Pick<QemuFacts, "sandbox">> {
    const [binary, kvm] = await Promise.all([find(host, config), host.kvm()]);
    const accel = kvm.usable ? "kvm" : "tcg";
    if ("missing" in binary)
      return { usable: false, accel, binary: null, version: null, sandbox: false, reason: binary.missing };
    const { version, lack, sandbox } = await this.#of(host, binary.path, binary.key);
    const emulated = kvm.usable ? "" : `no usable KVM here: ${kvm.reason}`;
    return {
      usable: lack === "",
      accel,
      binary: binary.path,
      version: version || null,
      sandbox,
      reason: lack || emulated,
    };
  }

  #of(host: Host, path: string, key: string): Promise<QemuFacts> {
    const known = this.#facts.get(key);
    if (known !== undefined) return known;
    const asked = ask(host, path);
    this.#facts.set(key, asked);
    // What failed once may not fail again.
    void asked.then(({ lack }) => lack !== "" && this.#facts.delete(key)).catch(() => this.#facts.delete(key));
    return asked;
  }
}

type FoundBinary = { readonly path: string; readonly key: string } | { readonly missing: string };

async function find(host: Host, { binary }: QemuConfig): Promise<FoundBinary> {
  const path = binary ?? (await host.which(program));
  if (path === null) return { missing: `${program} is not on PATH` };
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return { path, key: [path, mtimeMs, size, ino].join(" ") };
  } catch {
    return { missing: `there is no ${path}` };
  }
}

async function ask(host: Host, path: string): Promise<QemuFacts> {
  const ask = async (...args: string[]) => host.run([path, ...args], { timeoutMs: 10_000, okCodes: [0, 1] });
  try {
    const [version, machines, folders, sandbox] = await Promise.all([
      ask("--version"),
      ask("-machine", "help"),
      ask("-L", "help"),
      // Without seccomp the option is not known at all.
      ask("-sandbox", "on", "-machine", "help"),
    ]);
    const lack = lackOf(version.stdout, machines.stdout, await hasFirmware(folders.stdout));
    return { version: versionOf(version.stdout), lack, sandbox: sandbox.code === 0 };
  } catch (error) {
    return { version: "", lack: error instanceof Error ? error.message : String(error), sandbox: false };
  }
}

function versionOf(text: string): string {
  return /version (\d+\.\d+(?:\.\d+)*)/.exec(text)?.[1] ?? "";
}

/** Why such a QEMU cannot be used, from its own words; empty when it can. Pure. */
export function lackOf(versionText: string, machines: string, firmware: boolean): string {
  const version = versionOf(versionText);
  if (version === "") return "it does not say its version";
  if (Number.parseInt(version, 10) < oldest) return `version ${version} is too old: ${oldest}.0 is needed`;
  if (!/^microvm\s/m.test(machines)) return "it has no machine microvm";
  return firmware ? "" : "its firmware qboot.rom is not installed";
}

async function hasFirmware(folders: string): Promise<boolean> {
  const there = folders
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("/"))
    .map(async (folder) => access(join(folder, "qboot.rom")));
  return Promise.any(there).then(
    () => true,
    () => false,
  );
}
