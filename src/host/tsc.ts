import { dlopen, ptr } from "bun:ffi";
import { readFileSync } from "node:fs";
import { withMachineCode } from "./machine-code.ts";

/** Some kernels tell it; mainline ones only in their log. In kHz. */
const told = "/sys/devices/system/cpu/cpu0/tsc_freq_khz";
/** rdtsc; shl rdx, 32; or rax, rdx; ret */
const readCounter = [0x0f, 0x31, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xd0, 0xc3];

const clockMonotonicRaw = 4;
/** Between the two readings of the clock and the counter. An error of 100 ns in one is 5 ppm of it. */
const spanMs = 20;

/** See Host.tscKhz. Measured where the kernel does not tell: this is the counter that an emulated guest reads. */
export async function tscKhz(): Promise<number | null> {
  const khz = readTold() ?? (await measure());
  return khz !== null && khz > 100_000 && khz < 20_000_000 ? khz : null;
}

function readTold(): number | null {
  try {
    return Number(readFileSync(told, "utf8")) || null;
  } catch {
    return null;
  }
}

/** Compares the counter to the raw clock, which the kernel keeps by that very counter: right to a few ppm. null where code cannot be made. */
async function measure(): Promise<number | null> {
  const { symbols: libc, close } = dlopen("libc.so.6", { clock_gettime: { args: ["i32", "ptr"], returns: "i32" } });
  const time = new BigInt64Array(2); // struct timespec
  const timeAt = ptr(time);
  const clock = (): bigint => {
    libc.clock_gettime(clockMonotonicRaw, timeAt);
    return time[0]! * 1_000_000_000n + time[1]!;
  };
  try {
    return await withMachineCode(readCounter, { args: [], returns: "u64" }, async (call) => {
      const counter = (): bigint => call() as bigint;
      const before = read(counter, clock);
      await Bun.sleep(spanMs);
      const after = read(counter, clock);
      return Math.round((Number(after.ticks - before.ticks) * 1e6) / Number(after.ns - before.ns));
    });
  } catch {
    return null;
  } finally {
    close();
  }
}

/** The counter at a time, from the tightest of some readings: the thread may be interrupted in any. */
function read(counter: () => bigint, clock: () => bigint): { readonly ticks: bigint; readonly ns: bigint } {
  let best = { ticks: 0n, ns: 0n, width: Number.MAX_VALUE };
  for (let round = 0; round < 30; round++) {
    const from = clock();
    const ticks = counter();
    const to = clock();
    const width = Number(to - from);
    if (width < best.width) best = { ticks, ns: (from + to) / 2n, width };
  }
  return best;
}
