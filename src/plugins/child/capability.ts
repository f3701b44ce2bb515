import { z } from "zod";
import type { Capability } from "../../core/api/capability.ts";
import { BangerError } from "../../core/api/errors.ts";
import type { Host } from "../../core/api/host.ts";
import type { JsonObject } from "../../core/api/json.ts";
import { stages, type Stage } from "../../core/api/participant.ts";
import type { StandardResult } from "../../core/api/schema.ts";
import { problemsOf, type Problem } from "../../core/config/problems.ts";
import type { Description } from "../description.ts";
import type { Manifest } from "../manifest.ts";

type Given = Partial<Record<string, unknown>>;

const optional = ["takeOver", "cleanup", "onConfigChange", "address", "show", "stats", "commandEnv", "doctor"] as const;
/** What the manifest says may be said again, but not otherwise. */
const alike = ["name", "api", "flags", "after", "requires", "conflicts"] as const;

/** The default export as a capability. Throws what is wrong with it, in words about "it". */
export function asCapability(exported: unknown, manifest: Manifest): Capability {
  if (typeof exported !== "object" || exported === null) throw new Error("its default export is no capability");
  const given = exported as Given;
  for (const key of alike) {
    if (given[key] !== undefined && !sameJson(given[key], manifest[key]))
      throw new Error(`its code has another ${key} than its manifest: ${JSON.stringify(given[key])}`);
  }
  const config = given["config"] as Partial<Capability["config"]> | undefined;
  if (typeof config?.["~standard"]?.validate !== "function")
    throw new Error("its config is no schema (z.strictObject({ … }) makes one)");
  for (const [table, known] of [
    ["stages", stages],
    ["undo", null],
    ["queries", null],
  ] as const) {
    const members = given[table] ?? (table === "queries" ? {} : undefined);
    if (typeof members !== "object" || members === null) throw new Error(`it has no ${table}`);
    for (const [name, value] of Object.entries(members)) {
      if (known !== null && !(known as readonly string[]).includes(name))
        throw new Error(`there is no stage ${name}: the stages are ${known.join(", ")}`);
      if (typeof value !== "function") throw new Error(`its ${table}.${name} is no function`);
    }
  }
  for (const name of optional) {
    if (given[name] !== undefined && typeof given[name] !== "function") throw new Error(`its ${name} is no function`);
  }
  return exported as Capability;
}

export async function describe(capability: Capability): Promise<Description> {
  const { queries = {}, undo } = capability;
  return {
    stages: stages.filter((stage) => capability.stages[stage] !== undefined),
    undos: Object.keys(undo),
    queries: Object.keys(queries),
    members: optional.filter((name) => capability[name] !== undefined),
    config: jsonSchema(capability),
  };
}

function jsonSchema({ config }: Capability): Description["config"] {
  try {
    return (
      (config["~standard"].jsonSchema?.input({ target: "draft-2020-12" }) as Description["config"] | undefined) ?? null
    );
  } catch {
    return null;
  }
}

/** The configuration that settings are; what a stage is handed. */
export async function validate({ config }: Capability, settings: unknown): Promise<StandardResult<unknown>> {
  return config["~standard"].validate(settings);
}

async function configOf(capability: Capability, settings: unknown): Promise<unknown> {
  const result = await validate(capability, settings);
  if (result.issues === undefined) return result.value;
  throw new BangerError("CONFIG_INVALID", `its configuration is not valid: ${result.issues[0]?.message}`);
}

/** A context as it has come over the line, made whole. */
interface Crossed {
  readonly config?: unknown;
  readonly privileged: (operation: string, args: JsonObject) => Promise<unknown>;
  readonly privilegedAvailable: boolean;
}

/** What the daemon may ask of a loaded capability, by name. */
export function membersOf(capability: Capability, host: Host): Readonly<Record<string, (...args: never[]) => unknown>> {
  const whole = async ({ privilegedAvailable, privileged, ...ctx }: Crossed): Promise<never> => {
    const config = "config" in ctx ? { config: await configOf(capability, ctx.config) } : {};
    const asking = Object.assign(privileged, { available: privilegedAvailable });
    return { ...ctx, ...config, host, privileged: asking } as never;
  };
  return {
    ping: () => null,
    describe: () => describe(capability),
    async validate(settings: unknown) {
      const result = await validate(capability, settings);
      if (result.issues !== undefined) return { problems: problemsIn(capability, result.issues, settings) };
      const { value } = result;
      return { enabled: (value as Given | null)?.["enabled"] !== false, settings: asJson(value) };
    },
    stage: async (name: Stage, ctx: Crossed) => capability.stages[name]?.(await whole(ctx)),
    async undo(name: string, ctx: Crossed, args: JsonObject) {
      const undo = Object.hasOwn(capability.undo, name) ? capability.undo[name] : undefined;
      if (undo === undefined) throw new BangerError("UNDO_FAILED", `it has no undo ${name} any more`);
      await undo(await whole(ctx), args);
    },
    takeOver: async (ctx: Crossed) => capability.takeOver?.(await whole(ctx)),
    cleanup: async (ctx: Crossed) => capability.cleanup?.(await whole(ctx)),
    onConfigChange: async (ctx: Crossed, before: unknown, after: unknown) =>
      capability.onConfigChange?.(
        await whole(ctx),
        await configOf(capability, before),
        await configOf(capability, after),
      ),
    query: async (name: string, ctx: Crossed) => capability.queries?.[name]?.(await whole(ctx)),
    show: async (ctx: Crossed) => capability.show?.(await whole(ctx)),
    stats: async (ctx: Crossed) => capability.stats?.(await whole(ctx)),
    commandEnv: async (ctx: Crossed, command: never) => capability.commandEnv?.(await whole(ctx), command),
    address: async (vmId: string) => capability.address?.(vmId),
    doctor: async (settings: unknown) => capability.doctor?.(host, await configOf(capability, settings)),
  };
}

type Issues = NonNullable<StandardResult<unknown>["issues"]>;

/** In the words of config.toml where the schema is one of z's. */
function problemsIn({ config }: Capability, issues: Issues, settings: unknown): Problem[] {
  if (config instanceof z.ZodType) return problemsOf(issues as z.core.$ZodIssue[], settings, config);
  return issues.map(({ message, path = [] }) => {
    const keys = path.map((part) => (typeof part === "object" ? part.key : part));
    return { path: keys.map((key) => (typeof key === "symbol" ? String(key) : key)), what: message, message };
  });
}

/** What of a configuration can be shown; null where it is no JSON. */
function asJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return null;
  }
}

function sameJson(a: unknown, b: unknown): boolean {
  return Bun.deepEquals(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
}
