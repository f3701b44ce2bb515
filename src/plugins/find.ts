import { readdirSync } from "node:fs";
import { join } from "node:path";
import { BangerError } from "../core/api/errors.ts";
import { nearest } from "../core/model/reference.ts";
import { pluginName, refused } from "./manifest.ts";

/** Where a plugin is: `NAME.ts` with `NAME.json` beside it, or a folder `NAME` with a package.json. */
export interface Place {
  readonly name: string;
  /** The file or the folder that holds the code. */
  readonly root: string;
  readonly folder: boolean;
  readonly manifestPath: string;
}

/** Every plugin that lies in the folder, enabled or not, by name. A folder that is not there has none. */
export function findPlugins(dir: string): readonly Place[] {
  return [...new Set(entriesOf(dir).flatMap(({ name }) => nameOf(name) ?? []))]
    .toSorted()
    .flatMap((name) => placesOf(dir, name).slice(0, 1));
}

/** @throws BangerError PLUGIN_NOT_FOUND, or PLUGIN_REFUSED where two have the name */
export function findPlugin(dir: string, name: string): Place {
  const [place, other] = placesOf(dir, name);
  if (other !== undefined) throw refused(name, `two plugins have this name, ${place!.root} and ${other.root}`);
  if (place !== undefined) return place;
  const known = findPlugins(dir).map((one) => one.name);
  const near = nearest(name, known);
  throw new BangerError("PLUGIN_NOT_FOUND", `there is no plugin called ${name} in ${dir}`, {
    hint:
      near !== null
        ? `did you mean ${near}?`
        : known.length === 0
          ? "banger plugin new NAME makes one"
          : `there is ${known.join(", ")}`,
  });
}

function placesOf(dir: string, name: string): Place[] {
  if (!pluginName.test(name)) return [];
  const names = new Set(entriesOf(dir).map((entry) => entry.name));
  const folder = names.has(name)
    ? [{ name, root: join(dir, name), folder: true, manifestPath: join(dir, name, "package.json") }]
    : [];
  const file = names.has(`${name}.ts`)
    ? [{ name, root: join(dir, `${name}.ts`), folder: false, manifestPath: join(dir, `${name}.json`) }]
    : [];
  return [...folder, ...file];
}

/** `hello` of `hello.ts` and of a folder or link `hello`; null for what is no plugin. */
function nameOf(entry: string): string | null {
  const name = entry.endsWith(".ts") ? entry.slice(0, -".ts".length) : entry;
  return pluginName.test(name) ? name : null;
}

function entriesOf(dir: string) {
  try {
    return readdirSync(dir, { withFileTypes: true }).filter(({ name }) => !name.endsWith(".test.ts"));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw thrown;
  }
}
