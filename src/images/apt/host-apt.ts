import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BangerError } from "../../core/api/errors.ts";
import { argv } from "../ext4.ts";
import type { Prefix } from "../namespace.ts";
import type { Job } from "../source.ts";
import { findTools } from "../tools.ts";
import { bootstrapArgv, type Bootstrap } from "./mmdebstrap.ts";
import { aptProgress } from "./progress.ts";
import { acquireSettings } from "./settings.ts";
import { keyFiles, parseDeb822, parseOneLine, renderDeb822, sourcesOf, type AptSource } from "./sources.ts";

/** How this host's apt gets at a release. */
export interface HostApt {
  /** deb822 text, or null where the host's apt does not carry the release. */
  readonly sources: string | null;
  readonly keys: readonly string[];
  /** `Acquire` settings as apt.conf text: proxies, checks, certificates. */
  readonly settings: string;
}

/** Reads the host's apt configuration. Throws TOOL_MISSING where there is neither a source nor a key for the release. */
export async function readHostApt(
  job: Pick<Job, "host" | "signal" | "notice">,
  distribution: string,
  suite: string,
): Promise<HostApt> {
  const tools = await findTools(job.host, "to build from packages", ["apt-config"]);
  const dump = (await job.host.run([tools["apt-config"], "dump"], { signal: job.signal })).stdout;
  const sources = sourcesOf(await readSources("/etc/apt"), suite);
  const settings = acquireSettings(dump) + netrcSettings(dump);
  if (sources.length > 0) return { sources: renderDeb822(sources), keys: keyFiles(sources), settings };
  const keyring = `/usr/share/keyrings/${distribution}-archive-keyring.gpg`;
  if ((await readFile(keyring).catch(() => null)) === null) {
    throw new BangerError(
      "TOOL_MISSING",
      `this host's apt has no source for ${distribution} ${suite}, and no key to check another by`,
      {
        hint: `sudo apt-get install ${distribution}-archive-keyring`,
      },
    );
  }
  job.notice(`this host's apt has no source for ${distribution} ${suite}: using the distribution's own servers`);
  return { sources: null, keys: [], settings };
}

/** Every source in apt's two places, in the order in which apt reads them. A file that this user may not read is passed over. */
async function readSources(etc: string): Promise<readonly AptSource[]> {
  const folder = join(etc, "sources.list.d");
  const names = (await readdir(folder).catch(() => [])).toSorted();
  const read = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "");
  const found = [parseOneLine(await read(join(etc, "sources.list")))];
  for (const name of names) {
    if (name.endsWith(".list")) found.push(parseOneLine(await read(join(folder, name))));
    if (name.endsWith(".sources")) found.push(parseDeb822(await read(join(folder, name))));
  }
  return found.flat();
}

/** Where apt finds passwords for its servers; the build's apt would look inside the tree that it makes. */
function netrcSettings(dump: string): string {
  const value = (key: string): string | undefined => new RegExp(`^${key} "(.*)";$`, "m").exec(dump)?.[1];
  const etc = join("/", value("Dir") ?? "", value("Dir::Etc") ?? "etc/apt");
  const at = (name: string | undefined, fallback: string): string =>
    join(...(name?.startsWith("/") ? [name] : [etc, name ?? fallback]));
  return `Dir::Etc::netrc "${at(value("Dir::Etc::netrc"), "auth.conf")}";\nDir::Etc::netrcparts "${at(value("Dir::Etc::netrcparts"), "auth.conf.d")}";\n`;
}

/** Runs mmdebstrap into `job.dir/root`, telling the job of each package. @returns the directory */
export async function bootstrap(
  job: Job,
  prefix: Prefix,
  apt: HostApt,
  what: Pick<Bootstrap, "variant" | "suite" | "packages" | "keepLists">,
): Promise<string> {
  const { mmdebstrap } = await findTools(job.host, "to build from packages", ["mmdebstrap", "apt-get", "dpkg-deb"]);
  const target = join(job.dir, "root");
  const settings = join(job.dir, "apt.conf");
  const sources = apt.sources === null ? null : join(job.dir, "host.sources");
  // The build's own apt cannot become another user inside a private directory.
  await writeFile(settings, `APT::Sandbox::User "root";\n${apt.settings}`);
  if (sources !== null) await writeFile(sources, apt.sources!);
  const read = aptProgress();
  await job.host.run(argv([...prefix, ...bootstrapArgv({ ...what, mmdebstrap, target, settings, sources })]), {
    signal: job.signal,
    cwd: job.dir,
    env: { TMPDIR: job.dir, APT_CONFIG: null },
    onLine: (line) => {
      const at = read(line);
      if (at !== null) job.progress(at);
    },
  });
  return target;
}
