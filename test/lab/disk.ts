import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHost } from "../../src/host/index.ts";
import { bootstrap, readHostApt } from "../../src/images/apt/host-apt.ts";
import { argv } from "../../src/images/ext4.ts";
import { ownedByRoot, rootPrefix } from "../../src/images/namespace.ts";
import type { Job } from "../../src/images/source.ts";
import { editTree } from "../../src/images/tree.ts";
import { generateEd25519 } from "../../src/ssh/key.ts";
import { imageCache } from "../helpers/shared-images.ts";
import { cached, digestOf } from "../helpers/cache.ts";
import { files, packages, script, suite } from "./debian.ts";
import { bootModules, init, makeInitrd } from "./initrd.ts";

const diskSize = "16G";
const mke2fsOptions = ["-E", "lazy_itable_init=1,lazy_journal_init=1,assume_storage_prezeroed=1,nodiscard"];

/** The kernel of the shared guest images; the lab host runs it, too. */
export async function sharedKernel(): Promise<{ readonly version: string; readonly dir: string }> {
  const kernels = join(await imageCache(), "kernels");
  const { manifest } = JSON.parse(readFileSync(join(kernels, "names/debian-cloud.json"), "utf8")) as {
    manifest: { version: string };
  };
  const [blob] = readdirSync(join(kernels, "blobs"));
  return { version: manifest.version, dir: join(kernels, "blobs", blob!) };
}

/**
 * A folder with `disk.raw` (a Debian that has never booted), `vmlinux`, `initrd`, and the keys `login` and `host.pub`. Private: who has the key is
 * root on every lab host.
 */
export async function labDisk(): Promise<string> {
  const kernel = await sharedKernel();
  const what = [suite, packages, files({ login: "", host: "" }), script, bootModules, init([]), mke2fsOptions];
  const key = digestOf(kernel.version, JSON.stringify(what));
  return cached("lab-disk", key, async (dir) => {
    console.error("lab: building the host's disk");
    const work = join(dir, "work");
    mkdirSync(work, { mode: 0o700 });
    const host = createHost({ env: process.env });
    const signal = AbortSignal.timeout(900_000);
    const job: Job = { host, uid: process.getuid!(), dir: work, signal, progress: () => {}, notice: console.error };
    const prefix = await rootPrefix(host, job.uid);
    const apt = await readHostApt(job, "debian", suite);
    const tree = await bootstrap(job, prefix, apt, { variant: "minbase", suite, packages, keepLists: false });

    const login = generateEd25519("lab");
    const own = generateEd25519("lab-host");
    writeFileSync(join(dir, "login"), login.privateKey, { mode: 0o600 });
    writeFileSync(join(dir, "host.pub"), own.publicKey);
    // As root of the namespace from here on: the tree's files have many owners.
    const modules = join(tree, "usr/lib/modules", kernel.version);
    const inTree = async (...command: string[]): Promise<void> => {
      await host.run(argv([...prefix, ...command]), { signal });
    };
    await inTree("mkdir", "-p", modules);
    await inTree("debugfs", "-R", `rdump / ${modules}`, join(kernel.dir, "modules.ext4"));
    const changes = files({ login: login.publicKey, host: own.privateKey });
    await editTree(
      tree,
      changes.map((file) => ({ kind: "write", ...file }) as const),
    );
    await inTree("chroot", tree, "sh", "-ec", script);
    writeFileSync(join(dir, "initrd"), await makeInitrd(job, tree, kernel.version));
    copyFileSync(join(kernel.dir, "vmlinux"), join(dir, "vmlinux"));
    await inTree("mke2fs", "-q", "-t", "ext4", "-d", tree, ...mke2fsOptions, join(dir, "disk.raw"), diskSize);
    await inTree("rm", "-rf", work);
  });
}

/**
 * Makes an ext4 file of a size that never changes from a directory; all is root's in it.
 * @param size as mke2fs takes it
 */
export async function makeDrive(tree: string, file: string, size: string): Promise<void> {
  const host = createHost({ env: process.env });
  const prefix = await ownedByRoot(host, process.getuid!());
  const options = ["-O", "^has_journal", "-m", "0", "-E", "assume_storage_prezeroed=1,nodiscard,lazy_itable_init=1"];
  await host.run(argv([...prefix, "mke2fs", "-q", "-t", "ext4", "-d", tree, ...options, file, size]));
}
