/** What costs nothing to load. The parser (parse.ts) and the schema (reference.ts) bring libraries along: import them where they are needed. */
export type { Config } from "./config.ts";
export { sectionsOf } from "./sections.ts";
export { resolveVmDefaults, type HostSize, type VmDefaults } from "./defaults.ts";
