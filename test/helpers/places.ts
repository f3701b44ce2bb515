import { mkdirSync, mkdtempSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { VmView } from "../../src/core/api/participant.ts";
import type { Place } from "../../src/core/engine/promises.ts";
import { FakeHost } from "../../src/host/fake-host.ts";
import { createHost } from "../../src/host/index.ts";

let places = 0;

/** A privileged operation that was asked for. */
export type Asked = readonly [operation: string, args: unknown];

/**
 * A VM on a host of which only its files are played: what a participant asks of them is written down and added up. Every privileged
 * operation is done, and written down.
 */
export async function fakePlace(): Promise<Place & { readonly host: FakeHost; readonly asked: Asked[] }> {
  const host = new FakeHost();
  const asked: Asked[] = [];
  const answer = async (...operation: Asked): Promise<null> => (asked.push(operation), null);
  const sizes = (): ReadonlyMap<string, number> => {
    const files = new Map<string, number>();
    for (const [method, path, size] of host.calls as [string, string, number][]) {
      if (method === "createExt4") files.set(path, size);
      if (method === "growFile") files.set(path, Math.max(size, files.get(path) ?? 0));
      if (method === "remove") files.delete(path);
    }
    return files;
  };
  return {
    host,
    asked,
    privileged: Object.assign(answer, { available: true }),
    vm: vmIn(`/fake/${places++}`),
    files: () => [...sizes().keys()].sort(),
    sizeOf: (path) => sizes().get(path) ?? null,
  };
}

/** A VM on this very machine, in a folder of its own. */
export function realPlaces(folder: string): () => Promise<Place> {
  const host = createHost({ env: process.env });
  return async () => {
    const vm = vmIn(mkdtempSync(join(folder, "p-")));
    for (const dir of [vm.stateDir, vm.runtimeDir]) mkdirSync(dir, { mode: 0o700 });
    const files = (): string[] =>
      [vm.stateDir, vm.runtimeDir].flatMap((dir) => readdirSync(dir).map((name) => join(dir, name)));
    return { host, vm, files, sizeOf: (path) => statSync(path, { throwIfNoEntry: false })?.size ?? null };
  };
}

/** A VM that looks like one of the engine's. */
export function vmIn(folder: string, kernel: Partial<VmView["kernel"]> = {}): VmView {
  return {
    id: "0123456789abcdef",
    name: "otter",
    vcpu: 1,
    memoryMiB: 256,
    diskBytes: 2 ** 30,
    image: { name: "image", digest: "digest", rootfs: "/images/rootfs.ext4" },
    kernel: {
      name: "kernel",
      version: "6.1",
      vmlinux: "/kernels/vmlinux",
      modules: "/kernels/modules.ext4",
      ...kernel,
    },
    stateDir: join(folder, "s"),
    runtimeDir: join(folder, "r"),
    sshKey: "ssh-ed25519 AAAA own",
    ephemeral: false,
  };
}
