import { join } from "node:path";
import { make } from "../../build.ts";

const capabilities = join(import.meta.dir, "../../src/capabilities");

/** Makes a banger that has one capability more: the default export of that module. Returns the program's path. */
export async function bangerWith(module: string, folder: string): Promise<string> {
  const added = `import added from ${JSON.stringify(module)};\n`;
  await make(folder, undefined, [
    {
      name: "one capability more",
      setup(build) {
        changing(
          build,
          "index.ts",
          (text) =>
            replaced(text, "export function createBuiltins(", "function createOwn(") +
            `${added}export const createBuiltins = (owner) => [...createOwn(owner), added];\n`,
        );
        changing(
          build,
          "flags.ts",
          (text) =>
            replaced(text, "export const capabilityFlags", "const own") +
            `${added}export const capabilityFlags = { ...own, [added.name]: added.flags };\n`,
        );
      },
    },
  ]);
  return join(folder, "banger");
}

function changing(build: Bun.PluginBuilder, name: string, change: (text: string) => string): void {
  const path = join(capabilities, name);
  build.onLoad({ filter: new RegExp(`^${RegExp.escape(path)}$`) }, async () => ({
    contents: change(await Bun.file(path).text()),
    loader: "ts",
  }));
}

function replaced(text: string, old: string, by: string): string {
  if (!text.includes(old)) throw new Error(`the source no longer says ${old}`);
  return text.replace(old, by);
}
