import { z } from "zod";
import type { Capability } from "../core/api/capability.ts";
import type { Contributions } from "../core/api/contributions.ts";
import { BangerError } from "../core/api/errors.ts";
import type { Json, JsonObject } from "../core/api/json.ts";
import { stages, type CleanupCtx, type Ctx, type Undo } from "../core/api/participant.ts";
import { plainText } from "../core/model/plain-text.ts";
import type { Manifest } from "./manifest.ts";
import { exposeCleanup, exposeContext, exposeUndo, type Rights } from "./exposed/context.ts";
import { limits, type PluginHost } from "./process.ts";
import type { Scope } from "./wire/peer.ts";

const words = z.string().max(2000).transform(plainText);
const problem = z.strictObject({
  path: z.array(z.union([z.string().max(100), z.number()])).max(20),
  what: words,
  message: words,
});
const verdict = z.union([
  z.strictObject({ enabled: z.boolean(), settings: z.json() }),
  z.strictObject({ problems: z.array(problem).min(1).max(100) }),
]);

/** What a plugin says of settings: whether it takes part with them and what it makes of them, or what is wrong with them. */
export type Verdict = z.output<typeof verdict>;

/** A plugin's capability as the engine sees it. Its configuration is what is written; the plugin makes of it what its schema says. */
export interface RemoteCapability extends Capability {
  /** Whether a VM with these settings has it take part, before the plugin itself is asked. */
  wanted(settings: JsonObject, flags: JsonObject): boolean;
  /** Loads it. */
  judge(settings: JsonObject): Promise<Verdict>;
  /** What its table takes, as JSON Schema; null where its schema does not tell. Loads it. */
  schema(): Promise<JsonObject | null>;
}

/** Makes a plugin's process and its manifest one capability. */
export function remoteCapability(manifest: Manifest, host: PluginHost): RemoteCapability {
  const { name } = manifest;
  /** What its VMs' contexts gave, until their end: a capability may go on with them between its calls. */
  const scopes = new Map<string, Scope>();
  const scopeOf = (vmId: string): Scope => {
    const scope = scopes.get(vmId) ?? Symbol("scope");
    scopes.set(vmId, scope);
    return scope;
  };
  const rights = async (): Promise<Rights> => {
    const { undos } = await host.description();
    return { name, privileged: manifest.privileged, undos };
  };
  const lasting = async (ctx: Ctx, member: string, before: readonly Json[] = [], after: readonly Json[] = []) => {
    const args = [...before, exposeContext(ctx, await rights()), ...after];
    return host.ask(member, args, { signal: ctx.signal, scope: scopeOf(ctx.vm.id) });
  };
  const passing = async (ctx: Ctx, member: string, before: readonly Json[] = [], after: readonly Json[] = []) =>
    host.ask(member, [...before, exposeContext(ctx, await rights()), ...after], { signal: ctx.signal });
  /** What has never been loaded may have it. */
  const mayHave = (member: string): boolean => host.known?.members.includes(member) !== false;
  const has = async (member: string): Promise<boolean> => (await host.description()).members.includes(member);

  const remote = {
    name,
    api: manifest.api,
    after: manifest.after,
    requires: manifest.requires,
    conflicts: manifest.conflicts,
    flags: manifest.flags as NonNullable<Capability["flags"]>,
    config: {
      "~standard": {
        version: 1,
        vendor: "banger",
        async validate(value: unknown) {
          const settings = value as JsonObject;
          const judged = await judge(settings);
          if ("enabled" in judged) return { value: settings };
          return { issues: judged.problems.map(({ path, message }) => ({ path, message })) };
        },
      },
    },
    wanted(settings: JsonObject, flags: JsonObject) {
      const said = settings["enabled"];
      if (typeof said === "boolean") return said;
      return manifest.default === "on" || Object.keys(flags).length > 0;
    },
    judge,
    schema: async () => (await host.description()).config as JsonObject | null,
    stages: Object.fromEntries(
      stages.map((stage) => [
        stage,
        async (ctx: Ctx) => {
          if (!(await host.description()).stages.includes(stage)) return undefined;
          return (await lasting(ctx, "stage", [stage])) as Contributions | undefined;
        },
      ]),
    ),
    // The names are known only once it is loaded; that a name is one of them is checked when the effect is made.
    undo: anyName((undo): Undo => async (ctx, args) => {
      await host.ask("undo", [undo, exposeUndo(ctx, await rights()), args]);
    }),
    get queries() {
      const names = host.known?.queries ?? [];
      return Object.fromEntries(names.map((query) => [query, (ctx: Ctx) => passing(ctx, "query", [query])]));
    },
    async takeOver(ctx: Ctx) {
      if (await has("takeOver")) await lasting(ctx, "takeOver");
    },
    async cleanup(ctx: CleanupCtx) {
      const scope = scopes.get(ctx.vm.id);
      try {
        // One that is not enabled any more may not run; it cleans up when it is again, before its effects are undone.
        if (!host.closed && (await has("cleanup"))) await host.ask("cleanup", [exposeCleanup(ctx, await rights())]);
      } finally {
        scopes.delete(ctx.vm.id);
        if (scope !== undefined) await host.release(scope);
      }
    },
    async onConfigChange(ctx: Ctx, before: JsonObject, after: JsonObject) {
      if (await has("onConfigChange")) await lasting(ctx, "onConfigChange", [], [before, after]);
    },
    get show() {
      return mayHave("show") ? async (ctx: Ctx) => (await passing(ctx, "show")) ?? {} : undefined;
    },
    get stats() {
      return mayHave("stats") ? async (ctx: Ctx) => (await passing(ctx, "stats")) ?? {} : undefined;
    },
    get commandEnv() {
      if (!mayHave("commandEnv")) return undefined;
      return async (ctx: Ctx, command: JsonObject) => (await passing(ctx, "commandEnv", [], [command])) ?? {};
    },
    /** For lists of many VMs: one whose process is not there at the moment has none. */
    async address(vmId: string) {
      if (!host.running || host.known?.members.includes("address") !== true) return null;
      const asked = host.ask("address", [vmId], { ms: limits.question });
      return (await Promise.race([asked, Bun.sleep(limits.glance)])) ?? null;
    },
    async doctor(_: unknown, settings: JsonObject) {
      if (!(await has("doctor"))) return [];
      return (await host.ask("doctor", [settings], { ms: limits.doctor })) ?? [];
    },
  };

  async function judge(settings: JsonObject): Promise<Verdict> {
    const judged = verdict.safeParse(await host.ask("validate", [settings], { ms: limits.question }));
    if (judged.success) return judged.data;
    throw new BangerError("PLUGIN_FAILED", `the plugin ${name} does not say whether its configuration is valid`);
  }

  return remote as unknown as RemoteCapability;
}

/** A table that has something under every name. */
function anyName<T>(of: (name: string) => T): Readonly<Record<string, T>> {
  const own = (_: object, name: string | symbol): T | undefined => (typeof name === "string" ? of(name) : undefined);
  return new Proxy<Record<string, T>>(
    {},
    {
      get: own,
      has: (_, name) => typeof name === "string",
      getOwnPropertyDescriptor: (target, name) => ({ value: own(target, name), configurable: true, enumerable: true }),
    },
  );
}
