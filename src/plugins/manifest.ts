import { z } from "zod";
import { apiVersion } from "../core/api/capability.ts";
import { BangerError } from "../core/api/errors.ts";
import { operations, type OperationName } from "../core/privileged/index.ts";

/** A plugin's name is its capability's; that of a folder of capabilities in the journal, of a table in config.toml, of a file. */
export const pluginName = /^[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

const name = z.string().regex(pluginName, "must be 1 to 40 of a-z, 0-9 and -, beginning with a letter");
const line = z.string().regex(/^[^\p{Cc}]{1,200}$/u, "must be one line of at most 200 characters");

const flag = z.strictObject({
  type: z
    .enum(["string", "boolean", "number"])
    .describe("`string`, `boolean` (then there is `--no-FLAG` too) or `number`"),
  help: line.describe("what `--help` says of it"),
  key: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/, "must be a key of its configuration")
    .describe("the key of the plugin's configuration that it sets for that VM"),
  valueName: z
    .string()
    .regex(/^[A-Z][A-Z0-9_=:-]{0,15}$/, "must be a short word in capitals")
    .optional()
    .describe("how `--help` calls its value: `SIZE`"),
});

const operation = z.enum(Object.keys(operations) as [OperationName, ...OperationName[]]);
const names = z.array(name).default([]);

export const manifestSchema = z.strictObject({
  name: name.describe("the plugin's name, which is that of its file or folder, and of its table in config.toml"),
  api: z
    .string()
    .refine(isRange, "must be a semver range like ^0.1.0")
    .describe("which versions of this interface it is made for, as a semver range: `^0.1.0`, `>=0.1.0 <0.3.0`"),
  summary: line.default("").describe("what it does, in a line"),
  default: z
    .enum(["on", "off"])
    .default("on")
    .describe("whether every VM uses it, or only one that sets one of its flags or for which `enabled` is true"),
  flags: z
    .record(z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, "must be 2 to 31 of a-z, 0-9 and -"), flag)
    .default({})
    .describe("flags of `vm run`, `vm create` and `vm set`, by their names without `--`"),
  privileged: z
    .array(operation)
    .default([])
    .describe("the [privileged operations](privileges.md) that it may ask for; `plugin enable` shows them"),
  after: names.describe("capabilities whose stages run before its own, where they take part"),
  requires: names.describe("capabilities that there must be"),
  conflicts: names.describe("capabilities that it cannot be beside"),
});

/**
 * What is known of a plugin without running any of it. `api`: a semver range of the interface's version. `default`: whether every VM
 * uses it, or only one that sets something of it by a flag or has `enabled = true`. `privileged`: the operations of the root helper's
 * table that it may ask for.
 */
export type Manifest = z.output<typeof manifestSchema>;

/** What is taken for the manifest of one whose own does not count: every VM is meant to use it, and is told why it cannot. */
export function fallbackManifest(name: string): Manifest {
  return manifestSchema.parse({ name, api: apiVersion });
}

/** The manifest that a text is: the whole of NAME.json, or what a package.json has under `banger`. @throws BangerError PLUGIN_REFUSED */
export function parseManifest(text: string, path: string, expected: string): Manifest {
  const value = readJson(text, path);
  const own = path.endsWith("/package.json") ? (value as { readonly banger?: unknown } | null)?.banger : value;
  if (own === undefined) throw refused(expected, `${path} has no "banger" with its manifest`);
  const result = manifestSchema.safeParse(own);
  if (!result.success) {
    const [first] = result.error.issues;
    const where = (first?.path ?? []).map(String).join(".");
    throw refused(
      expected,
      `its manifest is not valid: ${where === "" ? "" : `${where}: `}${first?.message} (${path})`,
    );
  }
  const { name, api } = result.data;
  if (name !== expected) throw refused(expected, `its manifest has another name, ${name} (${path})`);
  if (!Bun.semver.satisfies(apiVersion, api)) {
    throw refused(
      expected,
      `it is made for version ${api} of the plugin interface, and this banger has ${apiVersion}`,
      {
        hint: "another version of the plugin, or of banger, may fit",
      },
    );
  }
  return result.data;
}

/** Bun takes any text for a range that everything satisfies. */
function isRange(text: string): boolean {
  return /^[\^~]?\d+(\.\d+){0,2}$|^(([<>]=?|=)\s*\d+(\.\d+){0,2}(\s+|$))+$/.test(text);
}

function readJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BangerError("PLUGIN_REFUSED", `${path} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Why a plugin is not loaded: a sentence about it. */
export function refused(name: string, why: string, more: { readonly hint?: string } = {}): BangerError {
  return new BangerError("PLUGIN_REFUSED", `the plugin ${name} is refused: ${why}`, more);
}

export function notEnabled(name: string): BangerError {
  return refused(name, "it is not enabled", { hint: `look at it, then: banger plugin enable ${name}` });
}
