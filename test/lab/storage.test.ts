import { afterAll, beforeAll, expect } from "bun:test";
import { difference, type Inventory } from "./inventory.ts";
import { Lab } from "./lab.ts";
import { scenario } from "./scenario.ts";

const boot = ["--boot-timeout", "120s"];
const long = 1_500_000;

let lab: Lab;
let before: Inventory;
beforeAll(async () => {
  lab = await Lab.up();
  const section = '[storage]\ndriver = "dm-snapshot"\n[network]\ndriver = "none"\n[vmm.firecracker]\njail = "never"\n';
  await lab.ok(["mkdir", "-p", "/root/.config/banger"]);
  await lab.put("/root/.config/banger/config.toml", section);
  // What the first use leaves by itself: modules, and the bus that udev talks to.
  await lab.ok(["modprobe", "-a", "loop", "dm-snapshot"]);
  await lab.banger("daemon", "start");
  before = await lab.inventory();
}, long);
afterAll(() => lab?.down());

/** What is there now and was not before, or the other way round; a cache that the first start fills and a login's news do not count. */
async function changed(): Promise<readonly string[]> {
  return difference(before, await lab.inventory()).filter(
    (line) => !/\/(initramfs-[0-9a-f-]+\.cpio|motd\.dynamic\.new)$/.test(line),
  );
}

/** Emulation within emulation, beside others: a boot takes as long as it takes. */
const banger = (...args: readonly string[]): Promise<string> => lab.ok(["banger", ...args], { timeout: 600_000 });
const guest = (script: string): Promise<string> => banger("vm", "exec", "r", "--", "sh", "-ec", script);

/** What the guest has found and what it does about it. */
interface Visit {
  /** Files that are as they were written. */
  readonly files: number;
  /** Of the root file system, in MiB. */
  readonly size: number;
  /** What the kernel says against its disk. */
  readonly complaints: string;
}

/** Looks at all files of the rounds before, and writes 40 of random content. Few programs: each costs its start in emulation. */
async function visit(round: number): Promise<Visit> {
  const script = `
    cd /opt
    ${round === 0 ? "" : "sha256sum --check --quiet sums"}
    ls | grep -c ^f || true
    df --output=size -B1M / | tail -1
    dmesg | grep -E 'EXT4-fs (error|warning)|checksum (error|invalid)|I/O error' | grep -v early || true
    head -c 3000000 /dev/urandom | split -a 2 -b 75000 - f${round}-
    sha256sum f* > sums
    sync`;
  const [files, size, ...complaints] = (await guest(script)).split("\n");
  return { files: Number(files), size: Number(size), complaints: complaints.join("\n") };
}

/** What the host has attached. */
const attached = (): Promise<string> => lab.ok(["sh", "-ec", "losetup --list --noheadings; dmsetup ls"]);

for (const vmm of ["firecracker", "qemu"]) {
  scenario(
    () => lab,
    `${vmm}: written, stopped, started, written, stopped, started: everything is there, and the file system is whole`,
    async () => {
      const at = await attached();
      const visited = async (round: number, leastSize: number): Promise<void> => {
        const { files, size, complaints } = await visit(round);
        expect({ files, complaints }).toEqual({ files: 40 * round, complaints: "" });
        expect(size).toBeGreaterThan(leastSize);
      };
      await banger("vm", "run", "--name", "r", "--vmm", vmm, "-d", ...boot);
      // The image is some 300 MB: the guest's file system has grown to the disk.
      await visited(0, 7500);
      await banger("vm", "stop", "r");
      expect(await attached()).toBe(at);
      await banger("vm", "start", ...boot, "r");
      await visited(1, 7500);
      await banger("vm", "stop", "r");
      expect(await attached()).toBe(at);
      await banger("vm", "set", "--disk-size", "10G", "r");
      await banger("vm", "start", ...boot, "r");
      await visited(2, 9500);
      if (vmm === "firecracker") {
        // Its power goes: what was synced is there, and e2fsck has repaired the rest.
        await banger("vm", "kill", "r");
        await banger("vm", "start", ...boot, "r");
        await visited(3, 9500);
      }
      await banger("vm", "delete", "--force", "r");
      expect(await changed()).toEqual([]);
    },
    long,
  );
}

const steps = [
  "record:storage/dm-snapshot.detach:1",
  "done:storage/dm-snapshot.detach:1",
  "record:storage/dm-snapshot.detach:2",
  "done:storage/dm-snapshot.detach:2",
  "record:storage/dm-snapshot.unmap:1",
  "done:storage/dm-snapshot.unmap:1",
];

scenario(
  () => lab,
  "a daemon that dies at any step of the storage's start or end leaves nothing to the next one",
  async () => {
    await banger("vm", "create", "--no-start", "--name", "c");
    const at = await attached();
    const restart = 'banger daemon stop; BANGER_CRASH_AT="$0" banger daemon start';
    for (const step of steps) {
      await lab.ok(["sh", "-ec", restart, step]);
      expect((await lab.run(["banger", "vm", "start", ...boot, "c"], { timeout: 600_000 })).code).not.toBe(0);
      // The next one recovers before it answers.
      expect((await lab.json<{ state: string }>("vm", "show", "c")).state).toBe("created");
      expect([step, await attached()]).toEqual([step, at]);
    }
    await banger("vm", "delete", "c");
    expect(await changed()).toEqual([]);
  },
  long,
);
