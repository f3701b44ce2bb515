import { closeSync } from "node:fs";
import { cowFile, type storageOperations } from "../../core/privileged/storage.ts";
import type { Handlers } from "./index.ts";

export const storageHandlers: Handlers<keyof typeof storageOperations> = {
  async "loop.attach"({ principal }, args) {
    const { openOwned } = await import("./owned-file.ts");
    const { attachLoop } = await import("./loop.ts");
    const path = args.role === "base" ? `images/blobs/${args.image}/rootfs.ext4` : `vms/${args.vm}/${cowFile}`;
    const { fd } = openOwned(principal, principal.stateDir, path, { write: args.role === "cow" });
    try {
      return attachLoop(args.vm, args.role, fd).path;
    } finally {
      closeSync(fd);
    }
  },

  async "loop.detach"(_, { vm, role }) {
    await (await import("./loop.ts")).detachLoop(vm, role);
    return null;
  },

  async "dm.create"({ host, principal }, { vm, sizeBytes }) {
    return (await import("./dm.ts")).createSnapshot({ host, uid: principal.uid }, vm, sizeBytes);
  },

  async "dm.remove"({ host }, { vm }) {
    const { jails } = await import("./jail/place.ts");
    await (await import("./dm.ts")).removeSnapshot(host, vm, jails());
    return null;
  },
};
