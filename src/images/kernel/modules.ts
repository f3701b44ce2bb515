import { basename } from "node:path";

/**
 * What the agent loads before it can mount the root and talk to the host, dependencies left out: they are looked up.
 * A kernel may have any of them built in.
 */
export const bootModules = [
  "virtio_mmio",
  "virtio_blk",
  "ext4",
  "overlay",
  "virtio_net",
  "virtio_console",
  "vmw_vsock_virtio_transport",
] as const;

export interface BootModules {
  /** Paths in the module tree, each after what it depends on, none twice. */
  readonly files: readonly string[];
  /** Names that are neither modules nor built in. */
  readonly missing: readonly string[];
}

/**
 * Puts modules and what they depend on in an order in which they can be loaded.
 * @param modulesDep text of modules.dep: `path: path path…`, the dependencies all there, the deepest one last
 * @param modulesBuiltin text of modules.builtin: a path a line
 */
export function loadOrder(modulesDep: string, modulesBuiltin: string, names: readonly string[]): BootModules {
  const dependencies = new Map<string, readonly string[]>();
  for (const line of modulesDep.split("\n")) {
    const [path, rest = ""] = line.split(":", 2);
    if (path) dependencies.set(path, rest.split(" ").filter(Boolean));
  }
  const byName = new Map([...dependencies.keys()].map((path) => [moduleName(path), path]));
  const builtin = new Set(modulesBuiltin.split("\n").map(moduleName));
  const files = new Set<string>();
  const missing: string[] = [];
  for (const name of names.map(moduleName)) {
    const path = byName.get(name);
    if (path !== undefined) {
      for (const dependency of dependencies.get(path)!.toReversed()) files.add(dependency);
      files.add(path);
    } else if (!builtin.has(name)) {
      missing.push(name);
    }
  }
  return { files: [...files], missing };
}

/** `kernel/net/virtio-net.ko.xz` → `virtio_net`: the kernel takes - and _ for the same. */
export function moduleName(path: string): string {
  return basename(path)
    .replace(/\.ko(\.(gz|xz|zst))?$/, "")
    .replaceAll("-", "_");
}
