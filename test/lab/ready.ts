import { linkSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createHost } from "../../src/host/index.ts";
import { retry } from "./retry.ts";
import { imageCache } from "../helpers/shared-images.ts";
import { cached, digestOf } from "../helpers/cache.ts";
import { Connection } from "./connection.ts";
import { labDisk } from "./disk.ts";
import { emulator } from "./emulator.ts";
import { pinned } from "./firecracker.ts";
import { machineArgv, memoryBytes, saveState, startMachine, type MachineFiles } from "./machine.ts";
import { furnishing, payloadSize } from "./payload.ts";

/** A lab host that has booted, saved as files that are only read from then on. */
export interface Ready extends Omit<MachineFiles, "payload"> {
  readonly state: string;
  readonly login: string;
  readonly hostKey: string;
}

/**
 * What is done on the host before its state is saved: root's systemd --user stays (its start would cost each lab seconds), Firecracker is put in
 * its place, the guest images and kernels into each account that runs banger. Past the page cache: what has been in memory once is in the saved state.
 */
const furnish = `
loginctl enable-linger root
rm -f /etc/ssh/ssh_host_*.pub
mountpoint -q /payload || mount /payload
install -m 755 /payload/firecracker /payload/jailer /usr/local/bin
for user in root u; do
  home=$(getent passwd $user | cut -d: -f6)
  install -d -o $user -g $user -m 700 $home/.local $home/.local/state $home/.local/state/banger
  cd /payload/state
  find . -type d -exec mkdir -m 700 -p $home/.local/state/banger/{} ';'
  find . -type f -exec dd if={} of=$home/.local/state/banger/{} bs=1M iflag=direct oflag=direct conv=sparse status=none ';'
  cd /
  chmod -R go= $home/.local/state/banger
  chown -R $user:$user $home/.local/state/banger
done
umount /payload
sync
echo 3 > /proc/sys/vm/drop_caches
`;

export async function ready(): Promise<Ready> {
  const disk = await labDisk();
  const host = createHost({ env: process.env });
  const { stdout: version } = await host.run([await emulator(), "--version"]);
  const placeless = { disk: "", payload: "", memory: "", vmlinux: "", initrd: "" };
  const shape = machineArgv({ files: placeless, dir: "", tscKhz: null, kind: "clone" });
  const inputs = [disk, version, shape.join(" "), payloadSize, furnish, JSON.stringify(pinned), await imagesDigest()];
  const dir = await cached("lab-ready", digestOf(...inputs), (made) => makeReady(disk, made));
  return readyIn(dir, readFileSync(join(dir, "host.pub"), "utf8"));
}

function readyIn(dir: string, hostKey: string): Ready {
  const at = (name: string): string => join(dir, name);
  const files = { disk: at("disk.raw"), memory: at("memory"), vmlinux: at("vmlinux"), initrd: at("initrd") };
  return { ...files, state: at("state"), login: at("login"), hostKey };
}

async function makeReady(disk: string, dir: string): Promise<void> {
  console.error("lab: booting the host and saving its state");
  const host = createHost({ env: process.env });
  for (const name of ["vmlinux", "initrd", "login", "host.pub"]) linkSync(join(disk, name), join(dir, name));
  await host.run(["cp", "--sparse=always", "--reflink=auto", join(disk, "disk.raw"), dir]);
  writeFileSync(join(dir, "memory"), "", { mode: 0o600 });
  truncateSync(join(dir, "memory"), memoryBytes);
  const made = readyIn(dir, readFileSync(join(dir, "host.pub"), "utf8"));
  const files = { ...made, payload: await furnishing(dir) };
  const run = join(dir, "run");
  const machine = await startMachine({ files, dir: run, kind: "template" });
  try {
    const address = { ...made, port: machine.sshPort };
    const root = await retry(() => Connection.open(address, "root"), 120_000);
    const settled = await root.run(["systemctl", "is-system-running", "--wait"]);
    if (settled.stdout !== "running\n") throw new Error((await root.run(["systemctl", "--failed"])).stdout);
    const furnished = await root.run(["sh", "-ec", furnish]);
    if (furnished.code !== 0) throw new Error(furnished.stderr);
    root.close();
    await Bun.sleep(1000); // the end of the session, too
    await saveState(machine.qmp, made.state);
    await machine.qmp.execute("quit").catch(() => {});
    await machine.exited;
  } catch (error) {
    process.kill(machine.pid, "SIGKILL");
    throw new Error(`${String(error)}\n${readFileSync(join(run, "console.log"), "utf8").slice(-3000)}`, {
      cause: error,
    });
  }
  await host.run(["fallocate", "--dig-holes", made.memory]);
  await rm(run, { recursive: true });
  await rm(files.payload);
}

async function imagesDigest(): Promise<string> {
  const images = await imageCache();
  const texts: string[] = [];
  for (const kind of ["images", "kernels"]) {
    const names = join(images, kind, "names");
    for (const name of (await readdir(names)).sort()) texts.push(readFileSync(join(names, name), "utf8"));
  }
  return digestOf(...texts);
}
