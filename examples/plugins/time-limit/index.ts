/**
 * `banger vm run --time-limit 2h` stops the VM when it has run for two hours; `vm set --time-limit 3h` and `none` change that while it runs.
 * For all VMs:
 *
 *     [capabilities.time-limit]
 *     after = "8h"
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineCapability, z, type Ctx, type VmView } from "banger/plugin";

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `45m` as milliseconds, null for `none`. */
function msOf(text: string): number | null {
  return text === "none" ? null : Number.parseInt(text, 10) * units[text.at(-1)!]!;
}

/** A timer cannot wait longer than 24 days. */
const time = z
  .string()
  .regex(/^(none|[1-9]\d{0,6}[smhd])$/, "must be a time like 90s, 45m or 8h, or none")
  .refine((text) => !((msOf(text) ?? 0) > 20 * units["d"]!), "must be at most 20d");

const config = z.strictObject({
  enabled: z.boolean().optional().describe("whether VMs can have a limit"),
  after: time.default("none").describe("how long a VM runs before it is stopped"),
  warning: time.default("5m").describe("how long before that its terminals are told"),
});
type Config = z.output<typeof config>;

/** By VM. They end with this process; when the VM began is in a file, so that the next process can set them anew. */
const timers = new Map<string, readonly NodeJS.Timeout[]>();

const noteOf = ({ stateDir }: Pick<VmView, "stateDir">): string => join(stateDir, "time-limit");

/** Milliseconds since 1970, or null where nobody has written it yet. */
async function readBeginning(vm: VmView): Promise<number | null> {
  return readFile(noteOf(vm), "utf8").then(Number, () => null);
}

async function writeBeginning({ vm, effect }: Ctx<Config>): Promise<number> {
  const [path, now] = [noteOf(vm), Date.now()];
  return effect("forget", { path }, async () => {
    await writeFile(path, String(now), { mode: 0o600 });
    return now;
  });
}

/** Sets the timers of a VM that runs, in place of those that it has. */
async function arm(ctx: Ctx<Config>): Promise<void> {
  const { vm, config } = ctx;
  const [after, warning] = [msOf(config.after), msOf(config.warning)];
  const began = (await readBeginning(vm)) ?? (await writeBeginning(ctx));
  disarm(vm.id);
  if (after === null) return;
  const end = began + after;
  const at = (ms: number, act: () => Promise<void>) => setTimeout(() => void act(), Math.max(0, ms - Date.now()));
  const reason = `it has run for ${words(after)}`;
  timers.set(vm.id, [at(end - (warning ?? 0), () => warn(ctx, end)), at(end, () => ctx.stop(reason))]);
}

function disarm(vmId: string): void {
  for (const timer of timers.get(vmId) ?? []) clearTimeout(timer);
  timers.delete(vmId);
}

async function warn({ vm, guest, emit }: Ctx<Config>, end: number): Promise<void> {
  const message = `${vm.name} will be stopped in ${words(end - Date.now())}: its time is over then`;
  emit({ type: "notice", level: "warning", message });
  const script = 'for tty in /dev/pts/[0-9]*; do printf "\\r\\n%s\\r\\n" "$1" > "$tty"; done';
  const told = await guest?.exec({ argv: ["sh", "-c", script, "sh", message] });
  await told?.exit;
}

/** `7h 59m`: the two largest units that count. */
function words(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1000)) * 1000;
  const parts = ["d", "h", "m", "s"].map((unit) => {
    const count = Math.floor(rest / units[unit]!);
    rest -= count * units[unit]!;
    return count === 0 ? "" : `${count}${unit}`;
  });
  const counting = parts.filter((part) => part !== "");
  return counting.slice(0, 2).join(" ") || "0s";
}

export default defineCapability({
  config,
  stages: { ready: arm },
  undo: {
    async forget(_, { path }) {
      await rm(path as string, { force: true });
    },
  },
  takeOver: arm,
  onConfigChange: arm,
  async cleanup({ vm }) {
    disarm(vm.id);
  },
  async show({ vm, config }) {
    const [began, after] = [await readBeginning(vm), msOf(config.after)];
    if (began === null || after === null) return {};
    return { stopsAt: new Date(began + after).toISOString(), stopsIn: words(began + after - Date.now()) };
  },
});
