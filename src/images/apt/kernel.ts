import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AptKernelSource } from "../../../imagecat/schema.ts";
import { BangerError } from "../../core/api/errors.ts";
import { argv } from "../ext4.ts";
import { assembleKernel } from "../kernel/assemble.ts";
import { ownedByRoot } from "../namespace.ts";
import type { Builder, BuiltKernel, Job } from "../source.ts";
import { findTools } from "../tools.ts";
import { bootstrap, readHostApt } from "./host-apt.ts";

/** Takes a kernel out of a distribution's package. Installs nothing, and needs no privilege or subordinate ids. */
export const aptKernel: Builder<AptKernelSource, BuiltKernel> = {
  describe: ({ package: name }) => `taking ${name} from this host's apt sources`,
  origin: ({ distribution, suite, package: name }) => `apt: ${distribution} ${suite} ${name}`,

  async build(source, job) {
    const tools = await findTools(job.host, "to take a kernel from its package", [
      "apt-get",
      "apt-cache",
      "dpkg-deb",
      "depmod",
    ]);
    const apt = await readHostApt(job, source.distribution, source.suite);
    // A tree with nothing but apt's lists: the host's own may be old, gone, or another release's.
    const root = await bootstrap(job, await ownedByRoot(job.host, job.uid), apt, {
      variant: "custom",
      suite: source.suite,
      packages: [],
      keepLists: true,
    });
    const config = join(job.dir, "kernel-apt.conf");
    await writeFile(
      config,
      `Dir "${root}";\nDir::State::Status "${root}/var/lib/dpkg/status";\nAPT::Architecture "amd64";\n`,
    );
    const env = { APT_CONFIG: config };
    const depends = await job.host.run([tools["apt-cache"], "depends", source.package], { env, signal: job.signal });
    const image = imagePackage(source.package, depends.stdout);
    if (image === null) {
      throw new BangerError(
        "KERNEL_BUILD_FAILED",
        `the package ${source.package} of ${source.suite} leads to no kernel`,
        {
          detail: depends.stdout.trim().split("\n"),
        },
      );
    }
    const deb = await download(job, tools["apt-get"], image, env);
    const unpacked = join(job.dir, "unpacked");
    await job.host.run([tools["dpkg-deb"], "--extract", deb, unpacked], { signal: job.signal });
    const boot = await readdir(join(unpacked, "boot"));
    const vmlinuz = boot.find((name) => name.startsWith("vmlinuz-"));
    if (vmlinuz === undefined) throw new BangerError("KERNEL_BUILD_FAILED", `the package ${image} holds no kernel`);
    const version = vmlinuz.slice("vmlinuz-".length);
    // Releases since trixie have their files in /usr.
    const base = (await readdir(join(unpacked, "usr"))).includes("lib") ? join(unpacked, "usr") : unpacked;
    const built = await assembleKernel(job, { version, vmlinuz: join(unpacked, "boot", vmlinuz), base });
    return { ...built, source: `${aptKernel.origin(source)} (${image})` };
  },
};

/**
 * The package that holds the kernel itself: what a meta package depends on, or the package itself. From the text of
 * `apt-cache depends`, where unusual dependencies are indented and marked. Pure.
 */
export function imagePackage(wanted: string, depends: string): string | null {
  if (/^linux-image-(unsigned-)?\d/.test(wanted)) return wanted;
  return /^\s*Depends: (linux-image-(?:unsigned-)?\d\S*)$/m.exec(depends)?.[1] ?? null;
}

async function download(
  job: Job,
  aptGet: string,
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const dir = join(job.dir, "download");
  await mkdir(dir);
  const uris = await job.host.run([aptGet, "download", "--print-uris", name], { env, cwd: dir, signal: job.signal });
  const total = Number(/^'[^']+' \S+ (\d+)/m.exec(uris.stdout)?.[1] ?? 0);
  // Status lines on the standard output: `dlstatus:1:42.5:…`, the second number a percentage.
  await job.host.run(argv([aptGet, "-o", "APT::Status-Fd=1", "-o", "APT::Sandbox::User=root", "download", name]), {
    env,
    cwd: dir,
    signal: job.signal,
    onLine: (line) => {
      const percent = /^dlstatus:\d+:([\d.]+):/.exec(line)?.[1];
      if (percent !== undefined && total > 0)
        job.progress({ label: name, done: Math.round((Number(percent) / 100) * total), total, unit: "bytes" });
    },
  });
  const [deb] = (await readdir(dir)).filter((file) => file.endsWith(".deb"));
  if (deb === undefined) throw new BangerError("KERNEL_BUILD_FAILED", `apt fetched no file for ${name}`);
  return join(dir, deb);
}
