import { builtins } from "../capabilities/index.ts";
import { sectionsOf, type Config } from "../core/config/index.ts";
import { parseConfig } from "../core/config/parse.ts";
import type { Paths } from "../core/model/paths.ts";
import { createDrivers } from "../drivers/index.ts";
import { readConfigFile } from "../host/config-file.ts";
import type { Parts } from "./deps.ts";

/** Everyone who is built in. */
export function allParts(): Parts {
  return { ...createDrivers(), capabilities: builtins };
}

/** config.toml with the sections of all drivers and capabilities; throws CONFIG_INVALID. */
export async function loadConfig({ configFile }: Pick<Paths, "configFile">): Promise<Config> {
  return parseConfig(await readConfigFile(configFile), configFile, sectionsOf(allParts()));
}
