import type { Paths } from "../core/model/paths.ts";
import { readConfigFile } from "../host/config-file.ts";
import { shelfOf } from "./admit.ts";
import { Plugins, type PluginsOptions } from "./index.ts";

/** The plugins that an account's config.toml enables, for who only asks them something: what they print is dropped. The caller closes them. */
export async function pluginsOfAccount(
  paths: Paths,
  options: Pick<PluginsOptions, "builtIn" | "host" | "self" | "env">,
): Promise<Plugins> {
  const plugins = new Plugins({ ...options, shelf: shelfOf(paths), output: "nowhere" });
  // What is wrong with the file is said by who reads all of it.
  plugins.follow(await readConfigFile(paths.configFile).catch(() => ""));
  return plugins;
}
