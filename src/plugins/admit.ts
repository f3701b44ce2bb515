import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Paths } from "../core/model/paths.ts";
import { readFiles, readOwnText, type PluginFiles } from "./files.ts";
import { findPlugin, type Place } from "./find.ts";
import { notEnabled, parseManifest, refused, type Manifest } from "./manifest.ts";
import type { Pin } from "./pins.ts";

/** Where plugins lie, and whose they must be. */
export interface Shelf {
  readonly dir: string;
  readonly uid: number;
}

/** The folder of plugins of an account, or of an installed service: that is its owner's. */
export function shelfOf({ configDir, service }: Pick<Paths, "configDir" | "service">): Shelf {
  return { dir: join(configDir, "plugins"), uid: service?.uid ?? process.getuid!() };
}

/** A plugin as it lies there: looked at, none of it run. */
export interface Examined {
  readonly place: Place;
  readonly manifest: Manifest;
  readonly files: PluginFiles;
  readonly pin: Pin;
  /** The file that is imported. */
  readonly entry: string;
}

/** Looks at a plugin with everything that can be known without running it. @throws BangerError PLUGIN_NOT_FOUND, PLUGIN_REFUSED */
export function examine(name: string, shelf: Shelf): Examined {
  const place = findPlugin(shelf.dir, name);
  const files = readFiles(place, shelf.dir, shelf.uid);
  const { text, digest } = readOwnText(name, place.manifestPath, shelf.uid);
  const manifest = parseManifest(text, place.manifestPath, name);
  return { place, manifest, files, pin: { digest: files.digest, manifest: digest }, entry: entryOf(place, text) };
}

/** The same for one that is enabled: it must be what was pinned. */
export function admit(name: string, pin: Pin | undefined, shelf: Shelf): Examined {
  if (pin === undefined) throw notEnabled(name);
  const examined = examine(name, shelf);
  if (examined.pin.digest !== pin.digest || examined.pin.manifest !== pin.manifest) throw changed(name, "files");
  return examined;
}

/** The manifest alone of one that is enabled, for help and completion. */
export function pinnedManifest(name: string, pin: Pin, { dir, uid }: Shelf): Manifest {
  const { manifestPath } = findPlugin(dir, name);
  const { text, digest } = readOwnText(name, manifestPath, uid);
  if (digest !== pin.manifest) throw changed(name, "manifest");
  return parseManifest(text, manifestPath, name);
}

function changed(name: string, what: string): Error {
  const verb = what === "files" ? "have" : "has";
  return refused(name, `its ${what} ${verb} changed since it was enabled`, {
    hint: `look at what changed, then: banger plugin enable ${name} (or: banger plugin disable ${name})`,
  });
}

function entryOf({ name, root, folder }: Place, packageJson: string): string {
  if (!folder) return root;
  const { main = "index.ts" } = JSON.parse(packageJson) as { readonly main?: unknown };
  if (typeof main !== "string" || main.startsWith("/") || main.split("/").includes(".."))
    throw refused(name, `"main" of its package.json does not name a file of its own`);
  const entry = join(root, main);
  if (!existsSync(entry)) throw refused(name, `there is no ${entry}`);
  return entry;
}
