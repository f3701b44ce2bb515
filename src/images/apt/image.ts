import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AptSource } from "../../../imagecat/schema.ts";
import { treeToExt4 } from "../ext4.ts";
import { rootPrefix } from "../namespace.ts";
import type { Builder, BuiltImage } from "../source.ts";
import { findTools } from "../tools.ts";
import { editTree } from "../tree.ts";
import { debianFinish } from "./finish.ts";
import { bootstrap, readHostApt } from "./host-apt.ts";
import { guestSettings } from "./settings.ts";

/** Installs packages into an empty tree and makes that a root file system. */
export const aptImage: Builder<AptSource, BuiltImage> = {
  describe: () => "building from this host's apt sources",
  origin: ({ distribution, suite }) => `apt: ${distribution} ${suite}`,

  async build(source, job) {
    await findTools(job.host, "to build an image", ["mmdebstrap", "mke2fs", "apt-get", "dpkg-deb"]);
    const prefix = await rootPrefix(job.host, job.uid);
    const apt = await readHostApt(job, source.distribution, source.suite);
    const tree = await bootstrap(job, prefix, apt, {
      variant: "minbase",
      suite: source.suite,
      packages: source.packages,
      keepLists: false,
    });
    const keys = await Promise.all(apt.keys.map(async (path) => ({ path, content: await readFile(path) })));
    await editTree(tree, debianFinish({ sources: apt.sources, keys, settings: guestSettings(apt.settings) }));
    const dir = join(job.dir, "out");
    await mkdir(dir, { mode: 0o700 });
    await treeToExt4(job, prefix, {
      tree,
      file: join(dir, "rootfs.ext4"),
      journal: true,
      label: "making the file system",
    });
    return { dir, source: aptImage.origin(source) };
  },
};
