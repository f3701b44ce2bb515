import type { Participant } from "../core/api/participant.ts";
import type { Part } from "../core/engine/effects.ts";
import { releaseUndo } from "../core/engine/reserve.ts";

export interface BaseDeps {
  /** A new ssh host key in OpenSSH's file format. */
  hostKey(): string;
}

/** What every machine has, whoever else takes part: the kernel's modules and an identity of its own. Its undo takes away the engine's files. */
export function basePart({ hostKey }: BaseDeps): Part {
  const participant: Participant = {
    name: "engine",
    stages: {
      async guestConfig({ vm }) {
        return {
          drives: [{ id: "modules", path: vm.kernel.modules, readonly: true }],
          mounts: [
            {
              drive: "modules",
              target: `/lib/modules/${vm.kernel.version}`,
              type: "ext4",
              options: "ro",
              optional: true,
            },
          ],
          files: [
            { path: "/etc/machine-id", mode: 0o444, content: `${machineId(vm.id)}\n`, ifMissing: true },
            { path: "/etc/ssh/ssh_host_ed25519_key", mode: 0o600, content: hostKey(), ifMissing: true },
          ],
        };
      },
    },
    undo: {
      async remove({ host }, { path }) {
        await host.remove(path as string);
      },
      // The journal's entry is the reservation (see reserve.ts), and goes after this.
      async [releaseUndo]() {},
    },
  };
  return { key: "engine", participant, config: null };
}

/** 32 hex digits that are a VM's alone and the same at each start: the hash of its id. */
function machineId(id: string): string {
  return new Bun.CryptoHasher("md5").update(`banger ${id}`).digest("hex");
}
