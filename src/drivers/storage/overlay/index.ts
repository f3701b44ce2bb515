import type { StorageDriver } from "../../../core/api/drivers.ts";
import { z } from "zod";

/** `[storage.overlay]` */
const config = z.strictObject({});

/** Container stores need a real file system under them: an overlay does not carry another one. */
const bound = ["/var/lib/docker", "/var/lib/containerd", "/var/lib/containers"];

/** The image's root file system, read-only and shared by all VMs, under a sparse disk of the VM's own; the guest joins them. No privileges. */
export const overlay: StorageDriver = {
  name: "overlay",
  config,
  stages: {
    async prepareHost({ vm, host, effect }) {
      const path = `${vm.stateDir}/root.ext4`;
      await effect("remove", { path }, async () => (await host.createExt4(path, vm.diskBytes), null), { scope: "vm" });
      // `vm set --disk-size` takes effect at the next start; the guest grows the file system.
      await host.growFile(path, vm.diskBytes);
      return {
        drives: [
          { id: "base", path: vm.image.rootfs, readonly: true },
          { id: "root", path, readonly: false },
        ],
        root: { kind: "overlay", base: "base", upper: "root", bound },
      };
    },
  },
  undo: {
    async remove({ host }, { path }) {
      await host.remove(path as string);
    },
  },
  async doctor(host) {
    if ((await host.which("mke2fs")) !== null)
      return [{ row: "storage", status: "pass", message: "overlay: no privileges needed" }];
    return [
      {
        row: "storage",
        status: "fail",
        message: "overlay needs mke2fs, which is not on PATH",
        detail: ["package: e2fsprogs"],
      },
    ];
  },
};
