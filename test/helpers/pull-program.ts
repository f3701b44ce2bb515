/**
 * A process that pulls, for tests that kill it. Arguments: the directory to keep things in, and what to pull: `kernel`, `image`,
 * `two-images` (the same one twice at once) or `cancelled-image` (cancelled when packages are being fetched).
 * Writes events and results as JSON lines.
 */
import { join } from "node:path";
import type { ProgressEvent } from "../../src/core/api/events.ts";
import { createHost } from "../../src/host/index.ts";
import { parseCatalog } from "../../src/images/catalog.ts";
import { Images } from "../../src/images/images.ts";
import { Kernels } from "../../src/images/kernels.ts";

const [dir = "", what = ""] = process.argv.slice(2);
process.umask(0o077);
const apt = { distribution: "debian", suite: "bookworm" } as const;
const packages = ["iputils-ping"];
const catalog = parseCatalog({
  images: [
    {
      name: "small",
      distro: "debian 12",
      description: "-",
      kernel: "cloud",
      sources: [{ kind: "apt", ...apt, packages }],
    },
  ],
  kernels: [
    { name: "cloud", description: "-", sources: [{ kind: "apt-kernel", ...apt, package: "linux-image-cloud-amd64" }] },
  ],
});
const options = { host: createHost({ env: process.env }), uid: process.getuid!(), catalog };
const images = new Images({ ...options, dir: join(dir, "images") });
const kernels = new Kernels({ ...options, dir: join(dir, "kernels") });
const tell = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

if (what === "kernel") {
  tell({ result: await kernels.pull("cloud", { emit: tell }) });
  await kernels.verify("cloud");
} else if (what === "cancelled-image") {
  const controller = new AbortController();
  const emit = (event: ProgressEvent): void => {
    if (event.type === "step-progress" && event.total !== undefined) controller.abort();
  };
  await images.pull("small", { emit, signal: controller.signal }).catch((error: unknown) => tell({ error }));
} else {
  const [first, second] = await Promise.all([
    images.pull("small", { emit: tell }),
    what === "two-images" ? images.pull("small") : null,
  ]);
  tell({ result: first, second });
  await images.verify("small");
}
