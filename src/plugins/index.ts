import { join } from "node:path";
import { asBangerError, type BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import type { Json, JsonObject } from "../core/api/json.ts";
import { admit, pinnedManifest, type Shelf } from "./admit.ts";
import { remoteCapability, type RemoteCapability, type Verdict } from "./capability.ts";
import { findPlugins } from "./find.ts";
import { fallbackManifest, notEnabled, type Manifest } from "./manifest.ts";
import { configProblem } from "./problem.ts";
import { readPins, type Pin } from "./pins.ts";
import { PluginHost } from "./process.ts";

export type { RemoteCapability };

export interface PluginsOptions {
  readonly shelf: Shelf;
  /** What they print goes to `NAME.log` in it, else to our stderr or nowhere. */
  readonly output: { readonly dir: string } | "stderr" | "nowhere";
  /** Names that no plugin can have. */
  readonly builtIn: readonly string[];
  readonly host: Host;
  /** What starts this very program. */
  readonly self: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** See ProcessOptions. */
  onCrash?(name: string, why: string, calm: boolean): void;
}

/** An enabled plugin: its capability, and what config.toml has for it. */
interface Member {
  readonly pin: Pin;
  readonly host: PluginHost;
  readonly capability: RemoteCapability;
  /** Why its manifest does not count; null when it does. */
  readonly refusal: BangerError | null;
  written: JsonObject;
}

/** The plugins that a config.toml enables. Nothing of theirs runs until it is asked for. */
export class Plugins {
  #members = new Map<string, Member>();
  #text = "";

  constructor(private readonly options: PluginsOptions) {}

  /** Follows the text of config.toml; what is still as it was goes on undisturbed. Returns the names of those that are new, or new files. */
  follow(text: string): readonly string[] {
    const { pins, written } = readPins(text);
    this.#text = text;
    const before = this.#members;
    this.#members = new Map();
    for (const [name, pin] of pins) {
      if (this.options.builtIn.includes(name)) continue;
      const known = before.get(name);
      const same = known !== undefined && known.refusal === null && Bun.deepEquals(known.pin, pin);
      const member = same ? known : this.#member(name, pin);
      member.written = written[name] ?? {};
      this.#members.set(name, member);
    }
    for (const [name, member] of before) if (this.#members.get(name) !== member) member.host.close();
    return [...this.#members].flatMap(([name, member]) => (before.get(name) === member ? [] : [name]));
  }

  get capabilities(): readonly RemoteCapability[] {
    return [...this.#members.values()].map(({ capability }) => capability);
  }

  find(name: string): RemoteCapability | null {
    return this.#members.get(name)?.capability ?? null;
  }

  /** Its table in config.toml as it is written. */
  written(name: string): JsonObject {
    return this.#members.get(name)?.written ?? {};
  }

  /**
   * Whether it takes part in a VM with these flags, by its own word. Loads it.
   * @throws BangerError PLUGIN_REFUSED, PLUGIN_FAILED, CONFIG_INVALID, BAD_REQUEST
   */
  async judge(name: string, flags: JsonObject = {}): Promise<boolean> {
    return (await this.#judge(name, flags)).enabled;
  }

  /** Its configuration as it counts for VMs without flags, as far as it is JSON. Loads it. */
  async settings(name: string): Promise<Json> {
    return (await this.#judge(name, {})).settings;
  }

  async #judge(name: string, flags: JsonObject): Promise<Extract<Verdict, { enabled: boolean }>> {
    const { capability, written } = this.#members.get(name)!;
    const verdict = await capability.judge({ ...written, ...flags });
    if ("enabled" in verdict) return verdict;
    throw configProblem({ capability, problems: verdict.problems, flags, text: this.#text });
  }

  /** Why a plugin that lies there is not one of these; null where none of that name does. */
  refusalOf(name: string): BangerError | null {
    if (this.options.builtIn.includes(name)) return null;
    return findPlugins(this.options.shelf.dir).some((place) => place.name === name) ? notEnabled(name) : null;
  }

  /** The files that what they print is kept in. */
  get logs(): readonly string[] {
    const { output } = this.options;
    return typeof output === "object" ? [...this.#members.keys()].map((name) => logIn(output.dir, name)) : [];
  }

  close(): void {
    for (const { host } of this.#members.values()) host.close();
  }

  #member(name: string, pin: Pin): Member {
    const { host, self, env, output, shelf } = this.options;
    let manifest: Manifest = fallbackManifest(name);
    let refusal: BangerError | null = null;
    try {
      manifest = pinnedManifest(name, pin, shelf);
    } catch (thrown) {
      refusal = asBangerError(thrown);
    }
    const process = new PluginHost({
      name,
      admit: () => admit(name, pin, shelf),
      host,
      self,
      env,
      output: typeof output === "object" ? { path: logIn(output.dir, name) } : output,
      onCrash: (why, calm) => this.options.onCrash?.(name, why, calm),
    });
    return { pin, host: process, capability: remoteCapability(manifest, process), refusal, written: {} };
  }
}

function logIn(dir: string, name: string): string {
  return join(dir, `${name}.log`);
}
