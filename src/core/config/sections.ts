import type { StandardSchema } from "../api/schema.ts";
import type { ConfigSections } from "./schema.ts";

interface Configurable {
  readonly name: string;
  readonly config: StandardSchema;
}

/** The sections of config.toml that drivers and capabilities bring along. */
export function sectionsOf(parts: {
  readonly [Family in keyof ConfigSections]: readonly Configurable[];
}): ConfigSections {
  const schemas = (members: readonly Configurable[]): Record<string, StandardSchema> =>
    Object.fromEntries(members.map(({ name, config }) => [name, config]));
  return {
    vmm: schemas(parts.vmm),
    storage: schemas(parts.storage),
    network: schemas(parts.network),
    capabilities: schemas(parts.capabilities),
  };
}
