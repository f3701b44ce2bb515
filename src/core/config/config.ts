import type { JsonObject } from "../api/json.ts";

export const logLevels = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Which driver does a job, and the options of every driver for it, validated by their own schemas. */
export interface DriverConfig {
  readonly driver: string;
  /** By driver name; there for each known driver, whether it is chosen or not. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Keys beside `driver` that count for every driver of the job. */
  readonly shared: Readonly<Record<string, unknown>>;
}

/** The configuration that a driver is handed: its own table, and what it shares with the others. Pure. */
export function driverOptions({ options, shared }: DriverConfig, name: string): unknown {
  return { ...(options[name] as object), ...shared };
}

/** What `[vm_defaults]` says; what it leaves open is resolved by `resolveVmDefaults`. */
export interface ConfiguredDefaults {
  readonly vcpu?: number;
  readonly memoryMiB?: number;
  readonly diskBytes?: number;
}

/** The tables of drivers and capabilities as the file has them, by name: checked, but without defaults. */
export interface WrittenSections {
  readonly vmm: Readonly<Record<string, JsonObject>>;
  readonly storage: Readonly<Record<string, JsonObject>>;
  readonly network: Readonly<Record<string, JsonObject>>;
  readonly capabilities: Readonly<Record<string, JsonObject>>;
}

/** config.toml, validated and with all defaults that do not depend on the host. */
export interface Config {
  readonly logLevel: LogLevel;
  /** The image of a VM whose maker names none. */
  readonly defaultImage: string;
  readonly vmDefaults: ConfiguredDefaults;
  /** `driver` is a name or `auto`: the first that can boot a guest here. */
  readonly vmm: DriverConfig;
  readonly storage: DriverConfig;
  readonly network: DriverConfig;
  /** By capability name: the output of its schema. */
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** What a VM's own settings are laid over before a schema completes them. */
  readonly written: WrittenSections;
}

export const defaultImage = "debian-bookworm";
