import type { Troupe } from "../builtins.ts";
import type { Capability } from "../core/api/capability.ts";
import type { Driver, NetworkDriver, VmmDriver } from "../core/api/drivers.ts";
import { BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import type { Json, JsonObject } from "../core/api/json.ts";
import type { Participant } from "../core/api/participant.ts";
import { driverOptions, type Config } from "../core/config/config.ts";
import { blame } from "../core/engine/blame.ts";
import type { Cast } from "../core/engine/boot.ts";
import type { Part } from "../core/engine/effects.ts";
import { holdJson } from "../core/engine/hold.ts";
import { orderCapabilities } from "../core/engine/order.ts";
import { nearest } from "../core/model/reference.ts";
import type { VmSpec } from "../core/model/vm.ts";
import type { Plugins } from "../plugins/index.ts";

/** The plugins that are enabled. */
export type PluginSource = Pick<Plugins, "capabilities" | "find" | "refusalOf" | "judge" | "written">;

/** Chooses who takes part in a VM's life, with their configuration. */
export class Casts {
  constructor(
    private readonly troupe: Troupe,
    private readonly config: Pick<Config, "vmm" | "storage" | "network" | "capabilities" | "written">,
    private readonly host: Host,
    /** Takes part in every VM, before everyone else. */
    private readonly base: Part,
    private readonly plugins: PluginSource | null = null,
  ) {}

  /** By journal name (`vmm/qemu`); null when nobody here has it. */
  find(key: string): Participant | null {
    if (key === this.base.key) return this.base.participant;
    const [family, name] = key.split("/", 2) as [string, string | undefined];
    const members: readonly Participant[] =
      family === "capability" ? this.#known : isFamily(family) ? this.troupe[family] : [];
    return members.find((member) => member.name === name) ?? null;
  }

  /** Refuses names that do not exist, naming those that do, and settings that their capability does not take. */
  async check(spec: Pick<VmSpec, "vmm" | "storage" | "network" | "capabilities">): Promise<void> {
    if (spec.vmm !== "auto") pick(this.troupe.vmm, "VMM", spec.vmm, ["auto"]);
    pick(this.troupe.storage, "storage driver", spec.storage);
    pick(this.troupe.network, "network driver", spec.network);
    await this.#capabilities(spec, false);
  }

  /**
   * The cast of a VM. `vmmKey` is the journal's word for who booted it; without it `auto` takes the first VMM that can really boot
   * here. Throws VMM_UNUSABLE when none can. With `begun` the run is there already: no plugin is asked or refused any more.
   */
  async of(spec: VmSpec, { vmmKey, begun = false }: CastOptions = {}): Promise<Cast> {
    const network = pick(this.troupe.network, "network driver", spec.network);
    const { vmm, why } = await this.#vmm(spec, network, vmmKey);
    const parts: Part[] = [
      this.base,
      this.#driver("storage", pick(this.troupe.storage, "storage driver", spec.storage)),
      this.#driver("network", network),
      ...(await this.#capabilities(spec, begun)),
    ];
    return { parts, vmm: { ...this.#driver("vmm", vmm), participant: vmm }, ...(why !== "" && { why }) };
  }

  get #known(): readonly Capability[] {
    return [...this.troupe.capabilities, ...(this.plugins?.capabilities ?? [])];
  }

  /** Those that take part, in their order. */
  async #capabilities(spec: Pick<VmSpec, "capabilities">, begun: boolean): Promise<readonly CapabilityPart[]> {
    const known = this.#known;
    for (const name of begun ? [] : Object.keys(spec.capabilities)) {
      if (known.some((capability) => capability.name === name)) continue;
      throw this.plugins?.refusalOf(name) ?? unknown("capability", name, known);
    }
    const own = await Promise.all(this.troupe.capabilities.map((capability) => this.#capability(capability, spec)));
    const parts = own.filter(({ config }) => (config as { enabled?: boolean }).enabled !== false);
    for (const participant of this.plugins?.capabilities ?? []) {
      const { name } = participant;
      const flags = spec.capabilities[name] ?? {};
      const config = { ...this.plugins!.written(name), ...flags };
      if (!participant.wanted(config, flags)) continue;
      if (begun || (await this.plugins!.judge(name, flags)))
        parts.push({ key: `capability/${name}`, participant, config });
    }
    const inOrder = order(
      parts.map(({ participant }) => participant),
      begun,
    );
    return inOrder.map((capability) => parts.find(({ participant }) => participant === capability)!);
  }

  async #vmm(
    spec: VmSpec,
    network: NetworkDriver,
    vmmKey: string | undefined,
  ): Promise<{ readonly vmm: VmmDriver; readonly why: string }> {
    const named = vmmKey?.slice("vmm/".length) ?? (spec.vmm === "auto" ? undefined : spec.vmm);
    if (named !== undefined) return { vmm: pick(this.troupe.vmm, "VMM", named), why: "" };
    const reasons: string[] = [];
    for (const vmm of this.troupe.vmm) {
      if (!network.vmms.includes(vmm.name)) continue;
      const reason = await whyNot({ host: this.host, network, options: this.config.vmm.options }, vmm);
      if (reason === null) return { vmm, why: reasons.join("; ") };
      reasons.push(`${vmm.name}: ${reason}`);
    }
    throw new BangerError("VMM_UNUSABLE", "no VMM can boot a guest here", {
      detail: reasons,
      hint: "banger doctor says what is missing",
    });
  }

  #driver(family: Family, driver: Driver): Part {
    return {
      key: `${family}/${driver.name}`,
      participant: driver,
      config: driverOptions(this.config[family], driver.name),
    };
  }

  /** A capability with its configuration; what the VM's flags changed of it is laid over the file's and checked again. */
  async #capability(capability: Capability, spec: Pick<VmSpec, "capabilities">): Promise<CapabilityPart> {
    const key = `capability/${capability.name}`;
    const configured = this.config.capabilities[capability.name];
    const flags = spec.capabilities[capability.name];
    const written = this.config.written.capabilities[capability.name];
    const config = flags === undefined ? configured : await validated(capability, { ...written, ...flags }, flags);
    return { key, participant: capability, config };
  }
}

interface CastOptions {
  readonly vmmKey?: string | undefined;
  readonly begun?: boolean;
}

type CapabilityPart = Part & { readonly participant: Capability };

/** What has begun must be able to end, also where what it began with would be no order any more. */
function order(capabilities: readonly Capability[], begun: boolean): readonly Capability[] {
  try {
    return orderCapabilities(capabilities);
  } catch (thrown) {
    if (!begun) throw thrown;
    return capabilities;
  }
}

interface VmmSetting {
  readonly host: Host;
  readonly network: NetworkDriver;
  readonly options: Config["vmm"]["options"];
}

/** Why `auto` passes a VMM over on this host and network; null when it does not. */
async function whyNot({ host, network, options }: VmmSetting, vmm: VmmDriver): Promise<string | null> {
  const { usable, reason } = await vmm.probe(host, options[vmm.name]);
  if (!usable) return reason;
  const obstacle = (await network.obstacle?.(host, vmm.name)) ?? null;
  return obstacle === null ? null : `the network ${network.name} cannot serve it: ${obstacle}`;
}

type Family = "vmm" | "storage" | "network";

function isFamily(family: string): family is Family {
  return family === "vmm" || family === "storage" || family === "network";
}

function pick<T extends { readonly name: string }>(
  members: readonly T[],
  what: string,
  name: string,
  others: readonly string[] = [],
): T {
  const found = members.find((member) => member.name === name);
  if (found !== undefined) return found;
  throw unknown(what, name, members, others);
}

function unknown(
  what: string,
  name: string,
  members: readonly { readonly name: string }[],
  others: readonly string[] = [],
): BangerError {
  const names = [...others, ...members.map((member) => member.name)];
  const near = nearest(name, names);
  return new BangerError("BAD_REQUEST", `there is no ${what} called ${JSON.stringify(name)}`, {
    hint: near === null ? `there is ${names.join(", ")}` : `did you mean ${near}?`,
  });
}

/** A capability's settings for one VM; what its flags set is blamed on them. Throws BAD_REQUEST or CONFIG_INVALID. */
async function validated({ name, config, flags = {} }: Capability, value: JsonObject, set: JsonObject): Promise<Json> {
  const key = `capability/${name}`;
  const result = await blame(key, "its schema", async () => config["~standard"].validate(value));
  if (result.issues === undefined) return holdJson(key, "settings", result.value);
  const problems = result.issues.map(({ message, path = [] }) => {
    const [first, ...rest] = path.map((part) => String(typeof part === "object" ? part.key : part));
    const flag = Object.entries(flags).find(([, def]) => def.key === first && Object.hasOwn(set, def.key))?.[0];
    const where = [flag === undefined ? (first ?? key) : `--${flag}`, ...rest].join(".");
    return { flag, text: `${where}: ${message}` };
  });
  const detail = problems.map(({ text }) => text);
  if (problems.some(({ flag }) => flag !== undefined))
    throw new BangerError("BAD_REQUEST", `${detail.join("; ")} (${key})`);
  throw new BangerError("CONFIG_INVALID", `the configuration of ${key} is not valid`, { detail });
}
