import { sectionsOf, type Config } from "../core/config/index.ts";
import { parseConfig } from "../core/config/parse.ts";
import type { Paths } from "../core/model/paths.ts";
import { readConfigFile } from "../host/config-file.ts";
import type { Troupe } from "./casts.ts";

/** config.toml with the sections of everyone who can take part; throws CONFIG_INVALID. */
export async function loadConfig({ configFile }: Paths, troupe: Troupe): Promise<Config> {
  return parseConfig(await readConfigFile(configFile), configFile, sectionsOf(troupe));
}
