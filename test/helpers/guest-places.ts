import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { agentBytes } from "../../src/assets.ts";
import type { VmmDriver } from "../../src/core/api/drivers.ts";
import type { Kernel } from "../../src/core/model/image.ts";
import type { GuestPlace } from "../../src/drivers/vmm/contract.ts";
import { encodeBootConfig } from "../../src/guest/boot-config.ts";
import { connectGuest } from "../../src/guest/index.ts";
import { baseInitramfs, bootInitramfs, modulePath } from "../../src/guest/initramfs.ts";
import { createHost } from "../../src/host/index.ts";
import { vmIn } from "./places.ts";

/**
 * VMs on this machine with a guest that is nothing but the agent on empty disks: no image is needed.
 * @param self what starts banger, which asks KVM
 */
export function guestPlaces(
  folder: string,
  kernel: Pick<Kernel, "vmlinux" | "bootDir" | "bootModules">,
  self: readonly string[] = [process.execPath, join(import.meta.dir, "../../src/main.ts")],
): (driver: VmmDriver) => Promise<GuestPlace> {
  const host = createHost({ env: process.env, self });
  const modules = kernel.bootModules.map((name) => ({
    name,
    content: new Uint8Array(readFileSync(join(kernel.bootDir, name))),
  }));
  const base = baseInitramfs({ agent: agentBytes(), modules });
  return async (driver) => {
    // The comma tries how paths are quoted.
    const vm = vmIn(mkdtempSync(join(folder, "g,")), { vmlinux: kernel.vmlinux });
    for (const dir of [vm.stateDir, vm.runtimeDir]) mkdirSync(dir, { mode: 0o700 });
    const drives = ["base", "root"].map((id) => ({
      id,
      path: join(vm.stateDir, `${id}.ext4`),
      readonly: id === "base",
    }));
    for (const { path } of drives) await host.createExt4(path, 1 << 30);
    const [lower, upper] = drives.map((drive, index) => driver.deviceName(drive, index));
    const channel = { name: "banger" };
    const token = crypto.getRandomValues(new Uint8Array(16));
    const [whole, bare, basePath] = ["initrd", "bare-initrd", "base-initrd"].map((name) =>
      join(vm.runtimeDir, name),
    ) as [string, string, string];
    await writeFile(basePath, base);
    await writeFile(bare, base);
    const config = encodeBootConfig({
      token,
      hostname: vm.name,
      clockNs: BigInt(Date.now()) * 1_000_000n,
      modules: modules.map(({ name }) => modulePath(name)),
      root: { kind: "overlay", base: lower!, upper: upper!, bound: [] },
      mounts: [],
      files: [],
      interfaces: [],
      env: {},
      init: "none",
      entropy: crypto.getRandomValues(new Uint8Array(64)),
      channel: driver.guestChannel(channel),
    });
    await bootInitramfs(basePath, config, whole);
    const { vcpu, memoryMiB } = vm;
    const machine = {
      vcpu,
      memoryMiB,
      vmlinux: kernel.vmlinux,
      initrd: whole,
      kernelArgs: [],
      drives,
      nics: [],
      channel,
    };
    return {
      host,
      vm,
      machine,
      files: () => [vm.stateDir, vm.runtimeDir].flatMap((dir) => readdirSync(dir).map((name) => join(dir, name))),
      sizeOf: () => null,
      answer: async (running) => {
        const guest = await connectGuest(running.channel, token, { signal: AbortSignal.timeout(60_000) });
        guest.close();
      },
      withoutConfiguration: async () => ({ ...machine, initrd: bare }),
    };
  };
}
