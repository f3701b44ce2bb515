/**
 * bun run scripts/coverage/build.ts FOLDER → FOLDER/banger, which counts what it runs, and FOLDER/maps.json: where in the
 * sources that is, for each file that went into it. So files that no run ever loads are known, too.
 */
import { join } from "node:path";
import { make } from "../../build.ts";
import { instrumenting } from "./instrument.ts";
import type { Maps } from "./figures.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("which folder?");

const maps: Record<string, Maps[string]> = {};
const seen = (path: string, { hash, data }: Maps[string]): void => void (maps[path] = { hash, data });
await make(folder, undefined, [instrumenting({ entry: "src/main.ts", seen })]);
await Bun.write(join(folder, "maps.json"), JSON.stringify(maps));
