import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./source-files.ts";
import type { World } from "./world.ts";

/** Puts a plugin of examples/plugins where that world's banger looks for plugins, and enables it. */
export async function enableExample(world: World, name: string): Promise<void> {
  const folder = join(world.root, "config/banger/plugins");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  cpSync(join(root, "examples/plugins", name), join(folder, name), { recursive: true });
  // A checkout may be writable by a group, which no plugin may be.
  Bun.spawnSync(["chmod", "-R", "go-w", join(folder, name)]);
  await world.ok("plugin", "enable", name);
}
