import { stat } from "node:fs/promises";
import { z } from "zod";
import { BangerError } from "../../../core/api/errors.ts";
import type { StorageDriver } from "../../../core/api/drivers.ts";
import type { Ctx, UndoCtx } from "../../../core/api/participant.ts";
import { chunkBytes, cowFile } from "../../../core/privileged/storage.ts";
import { cowBytes } from "./cow-size.ts";
import { dmSnapshotDoctor } from "./doctor.ts";
import { isInUse, makeCow } from "./cow-file.ts";

/** `[storage.dm-snapshot]` */
const config = z.strictObject({});

/**
 * A private disk: the kernel's device-mapper keeps what the VM writes in a sparse file beside the shared image, and the guest sees one
 * ordinary ext4. Needs root: loop devices and the device-mapper are its own.
 */
export const dmSnapshot: StorageDriver = {
  name: "dm-snapshot",
  config,
  stages: {
    async preflight({ privileged }) {
      if (privileged.available) return;
      throw new BangerError("PRIVILEGE_NEEDED", "storage dm-snapshot needs root", {
        hint: "sudo banger system install, or --storage overlay, which needs no privileges",
      });
    },

    async prepareHost(ctx) {
      const { vm, host, privileged, effect } = ctx;
      const path = `${vm.stateDir}/${cowFile}`;
      const sizeBytes = Math.ceil(vm.diskBytes / chunkBytes) * chunkBytes;
      const { size } = await stat(vm.image.rootfs);
      const bytes = cowBytes(Math.max(sizeBytes, size));
      await effect("remove", { path }, async () => (await makeCow(path, bytes), null), { scope: "vm" });
      await host.growFile(path, bytes);
      const used = await isInUse(path);

      const image = vm.image.digest;
      await effect("detach", { role: "base" }, async () =>
        privileged("loop.attach", { vm: vm.id, role: "base", image }),
      );
      await effect("detach", { role: "cow" }, async () => privileged("loop.attach", { vm: vm.id, role: "cow" }));
      const disk = await effect("unmap", {}, async () => privileged("dm.create", { vm: vm.id, sizeBytes }));
      if (used) await check(ctx, disk as string);
      return {
        drives: [{ id: "root", path: disk as string, readonly: false }],
        root: { kind: "disk", drive: "root" },
      };
    },
  },
  undo: {
    async remove({ host }, { path }) {
      await host.remove(path as string);
    },
    async detach({ vm, privileged }: UndoCtx, { role }) {
      await privileged("loop.detach", { vm: vm.id, role: role as "base" | "cow" });
    },
    async unmap({ vm, privileged }: UndoCtx) {
      await privileged("dm.remove", { vm: vm.id });
    },
  },
  doctor: dmSnapshotDoctor,
};

/** Repairs what an end without an orderly shutdown left; the owner does it, on a device that is his to open. */
async function check({ vm, host, signal }: Ctx, disk: string): Promise<void> {
  // 1: errors corrected; 2: corrected, reboot wanted, which is what comes next.
  const { code, stdout, stderr } = await host.run(["e2fsck", "-fy", disk], { signal, okCodes: [0, 1, 2, 4, 8, 12] });
  if (code < 4) return;
  throw new BangerError("COMMAND_FAILED", `the root disk of ${vm.name} cannot be repaired`, {
    detail: [...stdout.trim().split("\n").slice(-5), ...stderr.trim().split("\n").slice(-5)].filter(
      (line) => line !== "",
    ),
    hint: "make the VM anew; its work disk can be copied out of its state directory",
  });
}
