import { afterAll, beforeAll, expect } from "bun:test";
import { difference, type Inventory } from "./inventory.ts";
import { Lab } from "./lab.ts";
import { scenario } from "./scenario.ts";

const boot = ["--boot-timeout", "400s"];
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
async function changed(since: Inventory = before): Promise<readonly string[]> {
  return difference(since, await lab.inventory()).filter(
    (line) => !/\/(initramfs-[0-9a-f-]+\.cpio|motd\.dynamic\.new)$/.test(line),
  );
}

/** Emulation within emulation, beside others: a boot takes as long as it takes. */
const banger = (...args: readonly string[]): Promise<string> => lab.ok(["banger", ...args], { timeout: 600_000 });
const guest = (script: string): Promise<string> => banger("vm", "exec", "r", "--", "sh", "-ec", script);

/** Writes files of random content and their sums; what was there before is summed again. */
const write = (round: number): string =>
  `cd /opt; for i in $(seq 60); do head -c $((i * 3000)) /dev/urandom > f${round}-$i; done; sha256sum f* > sums; sync`;
const check = "cd /opt; sha256sum --check --quiet sums; wc -l < sums";
const complaints = "dmesg | grep -E 'EXT4-fs (error|warning)|checksum (error|invalid)|I/O error' || true";

for (const vmm of ["firecracker", "qemu"]) {
  scenario(
    () => lab,
    `${vmm}: written, stopped, started, written, stopped, started: everything is there, and the file system is whole`,
    async () => {
      await banger("vm", "run", "--name", "r", "--vmm", vmm, "-d", ...boot);
      // The image is some 300 MB: the guest's file system has grown to the disk.
      expect(Number(await guest("df --output=size -B1M / | tail -1"))).toBeGreaterThan(7500);
      expect(await guest("stat -f -c %T /")).toStartWith("ext");
      await guest(write(0));
      for (const round of [1, 2]) {
        await banger("vm", "stop", "r");
        const at = await lab.inventory();
        expect([at["loops"], at["deviceMapper"]]).toEqual([before["loops"], before["deviceMapper"]]);
        await banger("vm", "start", ...boot, "r");
        expect(await guest(check)).toBe(String(60 * round));
        expect((await guest(complaints)).split("\n").filter((line) => !line.includes("early"))).toEqual([""]);
        await guest(write(round));
      }
      // Its power goes: what was synced is there, and e2fsck has repaired the rest.
      await banger("vm", "kill", "r");
      await banger("vm", "set", "--disk-size", "10G", "r");
      await banger("vm", "start", ...boot, "r");
      expect(await guest(check)).toBe("180");
      expect(Number(await guest("df --output=size -B1M / | tail -1"))).toBeGreaterThan(9500);
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
    const created = await lab.inventory();
    for (const step of steps) {
      await lab.banger("daemon", "stop");
      await lab.ok(["banger", "daemon", "start"], { env: { BANGER_CRASH_AT: step } });
      expect((await lab.run(["banger", "vm", "start", ...boot, "c"], { timeout: 600_000 })).code).not.toBe(0);
      await lab.banger("daemon", "start");
      const after = await lab.inventory();
      for (const kind of ["loops", "deviceMapper"]) expect([step, after[kind]]).toEqual([step, created[kind]]);
      expect((await lab.json<{ state: string }>("vm", "show", "c")).state).toBe("created");
    }
    await banger("vm", "delete", "c");
    expect(await changed()).toEqual([]);
  },
  long,
);
