import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** All that README asks of a machine. */
const packages = ["nodejs", "npm", "git", "sudo"];

/**
 * A Debian 12 with Node, npm, git and sudo, made once and kept: scenarios lay an overlay over it.
 * Sources and fetch settings are those of this machine's apt. Needs root.
 */
export async function baseRoot(folder: string): Promise<string> {
  const final = join(folder, "base");
  if (existsSync(final)) return final;
  mkdirSync(folder, { recursive: true });
  const temporary = `${final}.${process.pid}`;
  const argv = ["mmdebstrap", "--mode=root", "--variant=minbase", `--include=${packages.join(",")}`];
  const child = Bun.spawn([...argv, ...aptOptions(), "bookworm", temporary, "-"], {
    stdin: new Blob([aptSources()]),
    stdout: "inherit",
    stderr: "inherit",
  });
  if ((await child.exited) !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    throw new Error("mmdebstrap failed");
  }
  renameSync(temporary, final);
  return final;
}

function aptSources(): string {
  const folder = "/etc/apt/sources.list.d";
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".sources")) : [];
  const files = [...names.map((name) => join(folder, name)), "/etc/apt/sources.list"].filter(existsSync);
  const texts = files.map((file) => readFileSync(file, "utf8")).filter((text) => text.includes("bookworm"));
  // Blocks of other distributors (Node's own, say) would defeat the purpose: Debian's nodejs is what is tried.
  return texts.filter((text) => /Suites:.*\bbookworm\b|^deb .*\bbookworm\b/m.test(text)).join("\n");
}

/** Proxies and the like; they stay in the root as its own apt settings. */
function aptOptions(): string[] {
  const dump = Bun.spawnSync(["apt-config", "dump"]).stdout.toString();
  const settings = dump.split("\n").filter((line) => /^Acquire::(https?|Check-|Retries|ForceIPv)/.test(line));
  return settings.map((line) => `--aptopt=${line.replace(/;$/, "")}`);
}
