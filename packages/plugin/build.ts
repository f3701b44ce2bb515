/** bun packages/plugin/build.ts → packages/plugin/dist: what `npm publish` takes. */
import { rmSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dir;

if (import.meta.main) await buildPackage(join(here, "dist"));

/** Makes the package's code and types in that folder, in place of what is there. */
export async function buildPackage(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const entry = join(here, "plugin.ts");
  await Bun.build({ entrypoints: [entry], outdir: folder, target: "node", format: "esm", external: ["zod"] });
  const tsc = join(here, "../../node_modules/typescript/bin/tsc");
  const made = Bun.spawnSync([process.execPath, tsc, "-p", here, "--outDir", folder]);
  if (made.exitCode !== 0) throw new Error(`the types cannot be made\n${made.stdout.toString()}`);
  for (const path of new Bun.Glob("**/*.d.ts").scanSync({ cwd: folder, absolute: true }))
    await Bun.write(path, published(await Bun.file(path).text()));
}

/** Most settings of the compiler want modules by the names of files that run; what is Node's says so. */
function published(types: string): string {
  const named = types.replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.js"');
  return named.includes("NodeJS.") ? `/// <reference types="node" />\n${named}` : named;
}
