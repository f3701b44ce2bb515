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
  /** The module tree, the last part of its path being the version. */
  readonly modules: string;
  /** The directory whose lib/modules/VERSION the module tree is. */
  readonly tree: string;
}

/** Makes the files of a kernel out of its parts: the ELF, the boot modules, and the whole module tree as one file system. */
export async function assembleKernel(job: Job, parts: KernelParts): Promise<Omit<BuiltKernel, "source">> {
  const { depmod } = await findTools(job.host, "to build a kernel", ["depmod"]);
  const dir = join(job.dir, "out");
  await mkdir(join(dir, "boot"), { recursive: true, mode: 0o700 });
  const packed = await readFile(parts.vmlinuz);
  job.progress({ label: "unpacking the kernel", done: 0, total: packed.byteLength, unit: "bytes" });
  const vmlinux = await unpackKernel(job, packed);
  const problem = kernelProblem(vmlinux);
  if (problem !== null)
    throw new BangerError("KERNEL_BUILD_FAILED", `the kernel ${parts.version} cannot start a micro-VM: ${problem}`);
  await writeFile(join(dir, "vmlinux"), vmlinux, { mode: 0o600 });
  await job.host.run([depmod, "-b", parts.tree, parts.version], { signal: job.signal });
  // depmod goes by this process's umask; in the guest everyone may read its tables.
  for (const name of await readdir(parts.modules))
    if (name.startsWith("modules.")) await chmod(join(parts.modules, name), 0o644);
  const names = await pickBootModules(job, parts, join(dir, "boot"));
  const prefix = await ownedByRoot(job.host, job.uid);
  await treeToExt4(job, prefix, {
    tree: parts.modules,
    file: join(dir, "modules.ext4"),
    journal: false,
    label: "making the file system of modules",
  });
  return { dir, version: parts.version, bootModules: names };
}

async function pickBootModules(job: Job, { modules, version }: KernelParts, boot: string): Promise<readonly string[]> {
  const read = (name: string): Promise<string> => readFile(join(modules, name), "utf8");
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
    const unpacked = await unpackModule(job, join(modules, path));
    if (unpacked === null) await copyFile(join(modules, path), join(boot, name));
    else await writeFile(join(boot, name), unpacked, { mode: 0o600 });
    names.push(name);
  }
  return names;
}
