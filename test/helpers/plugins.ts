import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { World } from "./world.ts";

/** A plugin that does next to nothing; `members` are further members of its capability. */
export const plainPlugin = (members = "stages: {}, undo: {},"): string => `
import { defineCapability, z } from "banger/plugin";
export default defineCapability({
  config: z.strictObject({ enabled: z.boolean().optional(), word: z.string().min(2).default("hello"), mode: z.string().optional() }),
  ${members}
});
`;

/** Where a world's plugins are. */
export const pluginDir = (world: World): string => join(world.root, "config/banger/plugins");

/** Writes NAME.ts and NAME.json. Returns the path of the code. */
export function writePlugin(world: World, name: string, code = plainPlugin(), manifest: object = {}): string {
  const path = join(pluginDir(world), `${name}.ts`);
  mkdirSync(pluginDir(world), { recursive: true, mode: 0o700 });
  writeFileSync(path, code, { mode: 0o600 });
  writeFileSync(join(pluginDir(world), `${name}.json`), JSON.stringify({ name, api: "^0.1.0", ...manifest }), {
    mode: 0o600,
  });
  return path;
}

/** Writes a folder NAME with these files and a package.json. Returns its path. */
export function writePluginFolder(
  world: World,
  name: string,
  files: Readonly<Record<string, string>>,
  manifest: object = {},
): string {
  const folder = join(pluginDir(world), name);
  const description = { name: `banger-plugin-${name}`, type: "module", banger: { name, api: "^0.1.0", ...manifest } };
  for (const [path, text] of Object.entries({ "package.json": JSON.stringify(description), ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, path), text, { mode: 0o600 });
  }
  return folder;
}
