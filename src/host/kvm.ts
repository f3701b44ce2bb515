import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import type { KvmProbe } from "./kvm-probe.ts";

export type KvmAnswer = Awaited<ReturnType<Host["kvm"]>>;

const usualDevice = "/dev/kvm";
/** How long the probe may take, in milliseconds: some tens where nothing is wrong, seconds on a host that is busy or itself emulated. */
const usualTimeoutMs = 15_000;
/** KVM without the processor's help: it runs only guest kernels that are made for it, and interprets all others. */
const paravirtual = "kvm_pvm";

/** Arguments with which this program runs kvmProbeMain. */
const probeArguments = ["internal", "kvm-probe"];

/**
 * Asks KVM in a child process of this program, once; and once more when the device has been made anew. A no holds until the device is
 * touched: another hypervisor may have had the processor.
 */
export function kvmAsker(
  self: readonly string[] | undefined,
  environment: Record<string, string>,
  { timeoutMs = usualTimeoutMs, device = usualDevice }: { timeoutMs?: number; device?: string } = {},
): () => Promise<KvmAnswer> {
  let known: { holds: string; readonly answer: Promise<KvmAnswer> } | null = null;
  return async () => {
    const refusal = whyClosed(device);
    if (refusal !== null) return { usable: false, reason: refusal };
    const { dev, ino, ctimeMs } = statSync(device);
    // Each VM that begins or ends on it touches it, by way of udev: that alone is no news.
    const [made, touched] = [`${dev} ${ino}`, `${dev} ${ino} ${ctimeMs}`];
    if (known?.holds !== made && known?.holds !== touched) {
      const asked = { holds: made, answer: ask(self, environment, timeoutMs) };
      known = asked;
      if (!(await asked.answer).usable) asked.holds = touched;
    }
    return known.answer;
  };
}

async function ask(
  self: readonly string[] | undefined,
  env: Record<string, string>,
  timeoutMs: number,
): Promise<KvmAnswer> {
  if (self === undefined) {
    throw new BangerError("INTERNAL", "KVM is asked of a host that does not know its own program");
  }
  const child = Bun.spawn([...self, ...probeArguments], {
    env,
    cwd: "/",
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, timeoutMs);
  const text = await child.stdout.text();
  await child.exited;
  clearTimeout(timer);
  const probe = late ? { usable: false, failure: `no answer in ${timeoutMs / 1000} s` } : parse(text, child);
  return explain(probe, loadedModules());
}

function parse(text: string, child: Bun.Subprocess): KvmProbe {
  try {
    const { usable, failure } = JSON.parse(text) as Partial<KvmProbe>;
    if (typeof usable === "boolean" && typeof failure === "string") return { usable, failure };
  } catch {
    // said below
  }
  return {
    usable: false,
    failure:
      child.signalCode === null
        ? `the probe ended with status ${child.exitCode}`
        : `the probe died of ${child.signalCode}`,
  };
}

/** Pure. `modules` are those of the kernel that have to do with KVM. */
export function explain({ usable, failure }: KvmProbe, modules: readonly string[]): KvmAnswer {
  if (usable) return { usable, reason: "" };
  const why = modules.includes(paravirtual) ? `${paravirtual}: ${failure}` : failure;
  return { usable, reason: `${usualDevice} opens but a vcpu does not really run on it (${why})` };
}

/** Why the device cannot be opened, with the way out; null when it can. */
function whyClosed(device: string): string | null {
  if (!existsSync(device)) return `there is no ${device}: ${virtualizationHint()}`;
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES") return `${device} cannot be opened (${code})`;
    const group = groupName(statSync(device));
    const cure = group === null ? "ask its owner" : `sudo usermod -aG ${group} "$USER", then log in again`;
    return `you may not open ${device}: ${cure}`;
  }
}

function virtualizationHint(): string {
  const cpu = readFileSync("/proc/cpuinfo", "utf8");
  if (/^flags\s*:.*\bvmx\b/m.test(cpu)) return "load its module with sudo modprobe kvm_intel";
  if (/^flags\s*:.*\bsvm\b/m.test(cpu)) return "load its module with sudo modprobe kvm_amd";
  return "the processor offers no virtualization here (look in the firmware's settings, or for nested virtualization where this is a VM)";
}

/** The group that may use the device, where that is one for it. */
function groupName({ gid, mode }: { readonly gid: number; readonly mode: number }): string | null {
  if (gid === 0 || (mode & 0o060) !== 0o060) return null;
  const line = readFileSync("/etc/group", "utf8")
    .split("\n")
    .find((entry) => entry.split(":")[2] === String(gid));
  return line?.split(":")[0] ?? String(gid);
}

function loadedModules(): readonly string[] {
  try {
    return readdirSync("/sys/module").filter((name) => name.startsWith("kvm"));
  } catch {
    return [];
  }
}
