import { chmod, copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { BangerError } from "../../core/api/errors.ts";
import { treeToExt4 } from "../ext4.ts";
import { ownedByRoot } from "../namespace.ts";
import type { BuiltKernel, Job } from "../source.ts";
import { findTools } from "../tools.ts";
import { kernelProblem } from "./elf.ts";
import { bootModules, loadOrder } from "./modules.ts";
import { unpackKernel, unpackModule } from "./unpack.ts";

export interface KernelParts {
  readonly version: string;
  /** A bzImage or an ELF. */
  readonly vmlinuz: string;
  /** The directory whose lib/modules/VERSION is the module tree. */
  readonly base: string;
}

/** Makes the files of a kernel out of its parts: the ELF, the boot modules, and the whole module tree as one file system. */
export async function assembleKernel(job: Job, parts: KernelParts): Promise<Omit<BuiltKernel, "source">> {
  const { depmod } = await findTools(job.host, "to build a kernel", ["depmod"]);
  const dir = join(job.dir, "out");
  const tree = join(parts.base, "lib/modules", parts.version);
  await mkdir(join(dir, "boot"), { recursive: true, mode: 0o700 });
  const packed = await readFile(parts.vmlinuz);
  job.progress({ label: "unpacking the kernel", done: 0, total: packed.byteLength, unit: "bytes" });
  const vmlinux = await unpackKernel(job, packed);
  const problem = kernelProblem(vmlinux);
  if (problem !== null)
    throw new BangerError("KERNEL_BUILD_FAILED", `the kernel ${parts.version} cannot start a micro-VM: ${problem}`);
  await writeFile(join(dir, "vmlinux"), vmlinux, { mode: 0o600 });
  await job.host.run([depmod, "-b", parts.base, parts.version], { signal: job.signal });
  // depmod goes by this process's umask; in the guest everyone may read its tables.
  const tables = (await readdir(tree)).filter((name) => name.startsWith("modules."));
  await Promise.all(tables.map((name) => chmod(join(tree, name), 0o644)));
  const names = await pickBootModules(job, parts.version, tree, join(dir, "boot"));
  const prefix = await ownedByRoot(job.host, job.uid);
  await treeToExt4(job, prefix, {
    tree,
    file: join(dir, "modules.ext4"),
    journal: false,
    label: "making the file system of modules",
  });
  return { dir, version: parts.version, bootModules: names };
}

async function pickBootModules(job: Job, version: string, tree: string, boot: string): Promise<readonly string[]> {
  const read = (name: string): Promise<string> => readFile(join(tree, name), "utf8");
  const { files, missing } = loadOrder(await read("modules.dep"), await read("modules.builtin"), bootModules);
  if (missing.length > 0) {
    throw new BangerError(
      "KERNEL_BUILD_FAILED",
      `the kernel ${version} lacks what a micro-VM needs: ${missing.join(", ")}`,
    );
  }
  const names: string[] = [];
  for (const path of files) {
    const name = basename(path).replace(/\.ko\..*$/, ".ko");
    const unpacked = await unpackModule(job, join(tree, path));
    if (unpacked === null) await copyFile(join(tree, path), join(boot, name));
    else await writeFile(join(boot, name), unpacked, { mode: 0o600 });
    names.push(name);
  }
  return names;
}
