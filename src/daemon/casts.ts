import type { Capability } from "../core/api/capability.ts";
import type { Driver, NetworkDriver, StorageDriver, VmmDriver } from "../core/api/drivers.ts";
import { BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import type { JsonObject } from "../core/api/json.ts";
import type { Participant } from "../core/api/participant.ts";
import type { StandardSchema } from "../core/api/schema.ts";
import type { Cast } from "../core/engine/boot.ts";
import type { Part } from "../core/engine/effects.ts";
import { orderCapabilities } from "../core/engine/order.ts";
import { nearest } from "../core/model/reference.ts";
import type { VmSpec } from "../core/model/vm.ts";

/** Everyone who can take part in a VM's life, in order of preference. */
export interface Troupe {
  readonly vmm: readonly VmmDriver[];
  readonly storage: readonly StorageDriver[];
  readonly network: readonly NetworkDriver[];
  readonly capabilities: readonly Capability[];
}

/** The sections of config.toml that belong to drivers and capabilities, as parsed and not yet validated. */
export interface Sections {
  readonly vmm: Readonly<Record<string, JsonObject>>;
  readonly storage: Readonly<Record<string, JsonObject>>;
  readonly network: Readonly<Record<string, JsonObject>>;
  readonly capabilities: Readonly<Record<string, JsonObject>>;
}

/** Chooses who takes part in a VM's life, with their configuration. */
export class Casts {
  constructor(
    private readonly troupe: Troupe,
    private readonly sections: Sections,
    private readonly host: Host,
  ) {}

  /** By journal name (`vmm/qemu`); null when nobody here has it. */
  find(key: string): Participant | null {
    const [family, name] = key.split("/", 2) as [string, string | undefined];
    const members: readonly Participant[] = family === "capability" ? this.troupe.capabilities : isFamily(family) ? this.troupe[family] : [];
    return members.find((member) => member.name === name) ?? null;
  }

  /** Refuses driver names that do not exist, naming those that do. */
  check(spec: Pick<VmSpec, "vmm" | "storage" | "network" | "capabilities">): void {
    if (spec.vmm !== "auto") pick(this.troupe.vmm, "VMM", spec.vmm, ["auto"]);
    pick(this.troupe.storage, "storage driver", spec.storage);
    pick(this.troupe.network, "network driver", spec.network);
    for (const name of Object.keys(spec.capabilities)) pick(this.troupe.capabilities, "capability", name);
  }

  /**
   * The cast of a VM. `vmmKey` is the journal's word for who booted it; without it `auto` takes the first VMM that can really boot
   * here. Throws VMM_UNUSABLE when none can.
   */
  async of(spec: VmSpec, vmmKey?: string): Promise<Cast> {
    const network = pick(this.troupe.network, "network driver", spec.network);
    const vmm = await this.#vmm(spec, network, vmmKey);
    const enabled = this.troupe.capabilities.filter((capability) => this.#settings("capabilities", capability.name, spec)["enabled"] !== false);
    const parts: Part[] = [
      await this.#part("storage", pick(this.troupe.storage, "storage driver", spec.storage), spec),
      await this.#part("network", network, spec),
      ...(await Promise.all(orderCapabilities(enabled).map((capability) => this.#part("capabilities", capability, spec)))),
    ];
    return { parts, vmm: { ...(await this.#part("vmm", vmm, spec)), participant: vmm } };
  }

  async #vmm(spec: VmSpec, network: NetworkDriver, vmmKey: string | undefined): Promise<VmmDriver> {
    const named = vmmKey?.slice("vmm/".length) ?? (spec.vmm === "auto" ? undefined : spec.vmm);
    if (named !== undefined) return pick(this.troupe.vmm, "VMM", named);
    const reasons: string[] = [];
    for (const driver of this.troupe.vmm) {
      if (!network.vmms.includes(driver.name)) continue;
      const { config } = await this.#part("vmm", driver, spec);
      const probe = await driver.probe(this.host, config);
      if (probe.usable) return driver;
      reasons.push(`${driver.name}: ${probe.reason}`);
    }
    throw new BangerError("VMM_UNUSABLE", "no VMM can boot a guest here", { detail: reasons, hint: "banger doctor says what is missing" });
  }

  #settings(family: keyof Sections, name: string, spec: VmSpec): JsonObject {
    const fromFlags = family === "capabilities" ? spec.capabilities[name] : undefined;
    return { ...this.sections[family][name], ...fromFlags };
  }

  async #part(family: keyof Sections, member: Driver | Capability, spec: VmSpec): Promise<Part> {
    const key = `${family === "capabilities" ? "capability" : family}/${member.name}`;
    return { key, participant: member, config: await validated(member.config, this.#settings(family, member.name, spec), key) };
  }
}

function isFamily(family: string): family is "vmm" | "storage" | "network" {
  return family === "vmm" || family === "storage" || family === "network";
}

function pick<T extends { readonly name: string }>(members: readonly T[], what: string, name: string, others: readonly string[] = []): T {
  const found = members.find((member) => member.name === name);
  if (found !== undefined) return found;
  const names = [...others, ...members.map((member) => member.name)];
  const near = nearest(name, names);
  throw new BangerError("BAD_REQUEST", `there is no ${what} called ${JSON.stringify(name)}`, {
    hint: near === null ? `there is ${names.join(", ")}` : `did you mean ${near}?`,
  });
}

async function validated(schema: StandardSchema, value: JsonObject, key: string): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  throw new BangerError("CONFIG_INVALID", `the configuration of ${key} is not valid`, {
    detail: result.issues.map((issue) => `${(issue.path ?? []).map((p) => String(typeof p === "object" ? p.key : p)).join(".")}: ${issue.message}`),
  });
}
