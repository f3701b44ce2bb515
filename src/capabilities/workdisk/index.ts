import { z } from "zod";
import type { Capability } from "../../core/api/capability.ts";
import type { GuestFile } from "../../core/api/contributions.ts";

/** `[capabilities.workdisk]` */
const config = z.strictObject({
  enabled: z.boolean().default(true).describe("a disk of the VM's own at /root, filled from the image's /root"),
  authorized_keys: z
    .array(z.string().regex(/^[^\n\r\0]+$/, "must be one line"))
    .default([])
    .describe(
      "public keys that may log in as root, besides banger's own; the guest's file is written anew at each start",
    ),
});

type WorkdiskConfig = z.output<typeof config>;

const drive = "work";

/** A persistent disk at /root, seeded from the image, and what a login there needs. */
const capability: Capability<WorkdiskConfig> = {
  name: "workdisk",
  api: "^0.1.0",
  config,
  stages: {
    async prepareHost({ vm, host, effect }) {
      const path = `${vm.stateDir}/work.ext4`;
      await effect("remove", { path }, async () => (await host.createExt4(path, vm.diskBytes), null), { scope: "vm" });
      // `vm set --disk-size` takes effect at the next start; the guest grows the file system.
      await host.growFile(path, vm.diskBytes);
      return {
        drives: [{ id: drive, path, readonly: false }],
        mounts: [{ drive, target: "/root", type: "ext4", seed: true, grow: true }],
      };
    },
    async guestConfig({ vm, config }) {
      return { files: filesOf([vm.sshKey, ...config.authorized_keys]) };
    },
  },
  undo: {
    async remove({ host }, { path }) {
      await host.remove(path as string);
    },
  },
};

export const workdisk = capability as Capability;

function filesOf(keys: readonly string[]): readonly GuestFile[] {
  return [
    { path: "/root/.hushlogin", mode: 0o644, content: "", ifMissing: true },
    { path: "/root/.ssh/authorized_keys", mode: 0o600, content: keys.map((key) => `${key}\n`).join("") },
  ];
}
