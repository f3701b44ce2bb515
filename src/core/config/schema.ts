import { z } from "zod";
import type { StandardResult, StandardSchema } from "../api/schema.ts";
import { blamed } from "../engine/blame.ts";
import { holdJson, holdObject } from "../engine/hold.ts";
import { diskLimits, memoryLimits, parseSize, vcpuLimits } from "../model/size.ts";
import { defaultImage, logLevels, type Config } from "./config.ts";

type Sections = Readonly<Record<string, StandardSchema>>;

/** The schemas of what plugs in, by name and in order of preference. */
export interface ConfigSections {
  readonly vmm: Sections;
  readonly storage: Sections;
  readonly network: Sections;
  readonly capabilities: Sections;
}

/** Drivers that are taken where the file names none; they count only where they exist. */
export interface Presets {
  readonly network?: string;
}

/** The schema of config.toml as a whole; its output is camelCase and typed. */
export function rootSchema(sections: ConfigSections, presets: Presets = {}): z.ZodType<Omit<Config, "written">> {
  return z
    .strictObject({
      log_level: z.enum(logLevels).default("info").describe("how much the daemon writes to its log"),
      default_image: z.string().min(1).default(defaultImage).describe("image of a VM that is made without naming one"),
      vm_defaults: z
        .strictObject({
          vcpu: z
            .int()
            .min(vcpuLimits.min)
            .max(vcpuLimits.max)
            .optional()
            .meta({ description: "virtual CPUs of a VM", preset: "a quarter of the host's, 1 to 4" }),
          memory_mib: z
            .int()
            .min(memoryLimits.minMiB)
            .optional()
            .meta({ description: "memory of a VM", unit: "MiB", preset: "an eighth of the host's, 512 to 8192" }),
          disk_size: diskSize.optional().meta({
            description: "size of a VM's disks, which take only what is written",
            unit: "GiB, or a suffix: M, G, T",
            preset: '"8G"',
          }),
        })
        .prefault({}),
      vmm: driver(
        sections.vmm,
        ["auto", ...Object.keys(sections.vmm)],
        "auto",
        "what runs VMs; auto is the first that can boot one here",
      ),
      storage: driver(sections.storage, Object.keys(sections.storage), "overlay", "where a VM's root file system is"),
      network: driver(
        sections.network,
        Object.keys(sections.network),
        presets.network !== undefined && presets.network in sections.network ? presets.network : "user",
        "how a VM reaches the outside",
        { guest_to_guest: z.boolean().default(false).describe("whether VMs on a bridge reach each other") },
      ),
      capabilities: z.strictObject(sectionsShape(sections.capabilities)).prefault({}),
      plugins: z
        .record(z.string(), z.strictObject({ digest, manifest: digest }))
        .default({})
        .describe("plugins that may be run, by name; banger plugin enable and disable write these tables"),
    })
    .transform(({ log_level, default_image, vm_defaults, vmm, storage, network, capabilities }) => ({
      logLevel: log_level,
      defaultImage: default_image,
      vmDefaults: {
        ...(vm_defaults.vcpu !== undefined && { vcpu: vm_defaults.vcpu }),
        ...(vm_defaults.memory_mib !== undefined && { memoryMiB: vm_defaults.memory_mib }),
        ...(vm_defaults.disk_size !== undefined && { diskBytes: vm_defaults.disk_size }),
      },
      vmm,
      storage,
      network,
      capabilities,
    }));
}

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 digits of 0-9 and a-f");

const diskSize = z.string().transform((text, context) => {
  const bytes = sizeOf(text);
  if (bytes !== null && bytes >= diskLimits.minBytes && bytes <= diskLimits.maxBytes) return bytes;
  context.addIssue(bytes === null ? "must be a size like 8G" : `must be ${diskLimits.text}`);
  return z.NEVER;
});

function sizeOf(text: string): number | null {
  try {
    return parseSize(text, "disk_size", "g");
  } catch {
    return null;
  }
}

/** `[vmm]` and its like: the choice, a table for each driver, and keys that every one of them is handed with its own. */
function driver(
  sections: Sections,
  choices: readonly string[],
  preset: string,
  help: string,
  common: Readonly<Record<string, z.ZodType>> = {},
) {
  return z
    .strictObject({
      driver: z.enum(choices).default(preset).describe(help),
      ...common,
      ...sectionsShape(sections),
    })
    .prefault({})
    .transform(({ driver, ...table }) => {
      const values = table as Readonly<Record<string, unknown>>;
      const shared = Object.fromEntries(Object.keys(common).map((key) => [key, values[key]]));
      const options = Object.fromEntries(Object.keys(sections).map((name) => [name, values[name]]));
      return { driver, options, shared };
    });
}

function sectionsShape(sections: Sections): Record<string, z.ZodType> {
  return Object.fromEntries(Object.entries(sections).map(([name, schema]) => [name, section(name, schema)]));
}

/** Any Standard Schema as a part of ours, one that answers later too. A table that is not there counts as an empty one. */
function section(name: string, schema: StandardSchema): z.ZodType {
  if (schema instanceof z.ZodType) return schema.prefault({});
  return z
    .unknown()
    .meta(shownSchema(schema))
    .transform(async (value, context) => {
      const result = await answerOf(name, schema, value);
      if (result.issues === undefined) return result.value;
      for (const { message, path = [] } of result.issues) {
        context.addIssue({
          code: "custom",
          message,
          path: path.map((part) => (typeof part === "object" ? part.key : part)),
        });
      }
      return z.NEVER;
    })
    .prefault({});
}

/** What the schema says, held to JSON: a section is handed on to wherever its owner lives. */
async function answerOf(name: string, schema: StandardSchema, value: unknown): Promise<StandardResult<unknown>> {
  try {
    const result = await schema["~standard"].validate(value);
    return result.issues === undefined ? { value: holdJson(name, "settings", result.value) } : result;
  } catch (thrown) {
    return { issues: [{ message: `cannot be checked: ${blamed(name, "its schema", thrown).message}` }] };
  }
}

/** As `banger config schema` shows it; a schema that cannot be shown takes anything there. */
function shownSchema(schema: StandardSchema): Record<string, unknown> {
  try {
    const { $schema: _, ...shown } = schema["~standard"].jsonSchema?.input({ target: "draft-2020-12" }) ?? {};
    return holdObject("", "a schema", shown);
  } catch {
    return {};
  }
}
