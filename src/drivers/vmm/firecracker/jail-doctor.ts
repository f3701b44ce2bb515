import { lstat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Finding } from "../../../core/api/capability.ts";
import type { Host } from "../../../core/api/host.ts";
import { jailBase } from "../../../core/privileged/jail.ts";
import type { FirecrackerConfig } from "./config.ts";
import { jailerLack } from "./jail.ts";
import type { FirecrackerProbe } from "./probe.ts";

const row = "jailer";

/** Whether Firecracker would be jailed where there is root; without it no jail is made, and nothing is missing. */
export async function jailFindings(
  host: Host,
  config: FirecrackerConfig,
  probe: FirecrackerProbe,
): Promise<readonly Finding[]> {
  if (config.jail === "never") return [{ row, status: "pass", message: "not used: [vmm.firecracker] jail is never" }];
  const jailer = config.jailer ?? (await host.which("jailer"));
  const status = config.jail === "always" ? "fail" : "warn";
  if (jailer === null) {
    const detail = ["it comes with Firecracker's releases: put it beside firecracker, as root's file"];
    // Without root it would not be used either.
    const found = config.jail === "always" ? "fail" : "pass";
    return [{ row, status: found, message: "jailer not found on PATH: Firecracker is not jailed", detail }];
  }
  const lack = (await jailerLack(host, config, jailer, probe)) ?? (await weakness(dirname(jailBase)));
  if (lack !== null) {
    const detail = ["install 1.13.2, or 1.14.1 or later; or set allow_vulnerable_jailer under [vmm.firecracker]"];
    const gate = lack.includes("known escape");
    return [{ row, status, message: `Firecracker is not jailed: ${lack}`, ...(gate && { detail }) }];
  }
  return [{ row, status: "pass", message: `${jailer}, where there is root; below ${jailBase}` }];
}

/** Why others than root could change what the path leads to, or null. Parts that are missing are nobody's yet. */
async function weakness(path: string): Promise<string | null> {
  const above = path === "/" ? null : await weakness(dirname(path));
  if (above !== null) return above;
  const stat = await lstat(path).catch(() => null);
  if (stat === null) return null;
  if (stat.uid !== 0 || !stat.isDirectory()) return `${path} is not a folder of root's`;
  return (stat.mode & 0o022) === 0 ? null : `others than root can write to ${path}`;
}
