import manifest from "../package.json" with { type: "json" };

/** Put in by build.ts; absent when the source itself runs. */
declare const BANGER_VERSION: string | undefined;

const compiled = typeof BANGER_VERSION === "string";

/** `1.2.3`, or `1.2.3+gabc1234` for a build from a commit that is no release. */
export const version: string = compiled ? BANGER_VERSION : `${manifest.version}+source`;

/**
 * The guest agent: a static amd64 ELF.
 * From source it is what the last build left in dist/; ENOENT when there was none.
 */
export function agentBytes(): Uint8Array {
  // The version is on every command's path, which node:fs would make 1 ms longer.
  const { readFileSync } = require("node:fs") as typeof import("node:fs");
  // Embedded files are visible to readFileSync but not to child processes, open(2) or copyFile.
  return readFileSync(`${import.meta.dir}/${compiled ? "agent" : "../dist/agent"}`);
}
