/** What costs nothing to load. The parser (parse.ts) and the schema (reference.ts) bring libraries along: import them where they are needed. */
export type { Config, ConfiguredDefaults, DriverConfig, LogLevel, WrittenSections } from "./config.ts";
export { sectionsOf } from "./sections.ts";
export type { ConfigSections } from "./schema.ts";
export { resolveVmDefaults, type HostSize, type SizeDefault, type VmDefaults } from "./defaults.ts";
