import { totalmem } from "node:os";
import { BangerError } from "../../core/api/errors.ts";
import { resolveVmDefaults, type HostSize, type VmDefaults } from "../../core/config/index.ts";
import type { Paths } from "../../core/model/paths.ts";

/** What a VM gets here without flags; null where config.toml has errors, which is no reason to refuse help. */
export async function resolvedDefaults(paths: Paths): Promise<VmDefaults | null> {
  const { loadConfig } = await import("../../builtins.ts");
  try {
    return resolveVmDefaults(await loadConfig(paths), hostSize());
  } catch (error) {
    if (error instanceof BangerError) return null;
    throw error;
  }
}

export function hostSize(): HostSize {
  return { cpus: navigator.hardwareConcurrency, memoryBytes: totalmem() };
}
