import { join } from "node:path";
import { createBuiltins, type Owner } from "./capabilities/index.ts";
import type { Capability } from "./core/api/capability.ts";
import { sectionsOf, type Config } from "./core/config/index.ts";
import { parseConfig } from "./core/config/parse.ts";
import type { Paths } from "./core/model/paths.ts";
import { createDrivers, type Drivers } from "./drivers/index.ts";
import { readConfigFile } from "./host/config-file.ts";
import { pluginSections } from "./plugins/sections.ts";

/** Everyone who can take part in a VM's life, each kind in order of preference. */
export interface Troupe extends Drivers {
  readonly capabilities: readonly Capability[];
}

/** Everyone who is built in. Made anew for each owner; the preset one is for those who only look at names and schemas. */
export function createTroupe(owner: Owner = { uid: 0, service: false }): Troupe {
  return { ...createDrivers(), capabilities: createBuiltins(owner) };
}

/** config.toml with the sections of everyone who can take part; throws CONFIG_INVALID. */
export async function loadConfig(paths: ConfigPaths, troupe: Troupe = createTroupe()): Promise<Config> {
  return configOf(await readConfigFile(paths.configFile), paths, troupe);
}

/** The configuration that a text is. An installed service's VMs are on the bridge unless it says otherwise. */
export function configOf(
  text: string,
  { configDir, configFile, service }: ConfigPaths,
  troupe: Troupe,
): Promise<Config> {
  const sections = sectionsOf(troupe);
  // A plugin's table is the plugin's to judge, when a VM uses it.
  const capabilities = { ...pluginSections(text, join(configDir, "plugins")), ...sections.capabilities };
  return parseConfig(text, configFile, { ...sections, capabilities }, service === null ? {} : { network: "bridge" });
}

type ConfigPaths = Pick<Paths, "configDir" | "configFile" | "service">;
