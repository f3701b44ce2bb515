import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHost } from "../../src/host/index.ts";
import { readHostApt } from "../../src/images/apt/host-apt.ts";
import { parseDeb822, renderDeb822, type AptSource } from "../../src/images/apt/sources.ts";
import { cached } from "../helpers/cache.ts";
import { suite } from "./debian.ts";

const program = "qemu-system-x86_64";
/** Before it QEMU loses changes that Linux makes to its own code: see README.md. */
const needed = 8.1;
const packages = ["qemu-system-x86", "qemu-system-common", "qemu-system-data", "seabios"];

/**
 * The QEMU that the lab host runs on: the system's where it is new enough, else Debian's backport, unpacked beside the caches and run with the
 * system's libraries.
 */
export async function emulator(): Promise<string> {
  if ((await versionOf(program)) >= needed) return program;
  const dir = await cached("lab-emulator", suite, fetchBackport);
  return join(dir, "usr/bin", program);
}

async function versionOf(path: string): Promise<number> {
  const { stdout } = await createHost({ env: process.env }).run([path, "--version"]);
  return Number(/version (\d+\.\d+)/.exec(stdout)?.[1]);
}

async function fetchBackport(dir: string): Promise<void> {
  console.error(`lab: getting QEMU ${needed} or later from Debian's backports`);
  const host = createHost({ env: process.env });
  const signal = AbortSignal.timeout(300_000);
  const apt = await readHostApt({ host, signal, notice: console.error }, "debian", suite);
  if (apt.sources === null)
    throw new Error(`the lab needs QEMU ${needed} or later, and this host's apt has no Debian ${suite}`);
  const work = join(dir, "apt");
  const lists = join(work, "lists");
  await host.run(["mkdir", "-p", join(lists, "partial"), join(work, "archives/partial")]);
  writeFileSync(join(work, "host.sources"), renderDeb822(backports(apt.sources)));
  const config = [
    ...[
      'APT::Sandbox::User "root";',
      `Dir::Etc::sourcelist "${join(work, "host.sources")}";`,
      'Dir::Etc::sourceparts "-";',
    ],
    ...[`Dir::State::lists "${lists}";`, `Dir::Cache "${work}";`],
  ];
  writeFileSync(join(work, "apt.conf"), `${config.join("\n")}\n${apt.settings}`);
  const options = { signal, cwd: work, env: { APT_CONFIG: join(work, "apt.conf") } };
  await host.run(["apt-get", "update", "-q"], options);
  await host.run(["apt-get", "download", "-q", ...packages], options);
  for (const name of readdirSync(work).filter((file) => file.endsWith(".deb"))) {
    await host.run(["dpkg-deb", "-x", join(work, name), dir], { signal });
  }
  await host.remove(work);
  const version = await versionOf(join(dir, "usr/bin", program));
  if (!(version >= needed)) throw new Error(`Debian's backport of QEMU is ${version}, older than ${needed}`);
}

/** The servers of the host's main archive, asked for the backports. Pure. */
function backports(sources: string): readonly AptSource[] {
  const main = parseDeb822(sources).filter(({ suites }) => suites.includes(suite));
  return main.map((source) => ({ ...source, suites: [`${suite}-backports`], components: ["main"] }));
}
