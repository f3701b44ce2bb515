import { z } from "zod";

const name = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/, "a name of a-z, 0-9, . and -");
const packageName = z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, "the name of a Debian package");
const suite = z.string().regex(/^[a-z]+$/, "the code name of a release");
const distribution = z.enum(["debian"]);

/** An image built from a distribution's packages, taken from where this host's apt takes them. */
const apt = z.strictObject({ kind: z.literal("apt"), distribution, suite, packages: z.array(packageName).min(1) });

/** A kernel out of the package that the given (meta) package stands for. */
const aptKernel = z.strictObject({ kind: z.literal("apt-kernel"), distribution, suite, package: packageName });

const image = z.strictObject({
  name,
  /** For people: `debian 12`. */
  distro: z.string().min(1),
  description: z.string().min(1),
  /** The kernel its VMs start with: a name of this catalog. */
  kernel: name,
  /** In order of preference; the first one that works here is taken. */
  sources: z.array(z.discriminatedUnion("kind", [apt])).min(1),
});

const kernel = z.strictObject({
  name,
  description: z.string().min(1),
  sources: z.array(z.discriminatedUnion("kind", [aptKernel])).min(1),
});

/** What imagecat/catalog.json holds. Names are unique, and every image's kernel is in it. */
export const catalogSchema = z
  .strictObject({ images: z.array(image), kernels: z.array(kernel) })
  .superRefine(({ images, kernels }, context) => {
    for (const [key, entries] of [
      ["images", images],
      ["kernels", kernels],
    ] as const) {
      entries.forEach((entry, index) => {
        if (entries.findIndex((other) => other.name === entry.name) === index) return;
        context.addIssue({ code: "custom", path: [key, index, "name"], message: `${entry.name} is there twice` });
      });
    }
    images.forEach((entry, index) => {
      if (kernels.some((other) => other.name === entry.kernel)) return;
      context.addIssue({
        code: "custom",
        path: ["images", index, "kernel"],
        message: `no kernel is called ${entry.kernel}`,
      });
    });
  });

export type Catalog = z.infer<typeof catalogSchema>;
export type ImageEntry = Catalog["images"][number];
export type KernelEntry = Catalog["kernels"][number];
export type ImageSource = ImageEntry["sources"][number];
export type KernelSource = KernelEntry["sources"][number];
export type AptSource = z.infer<typeof apt>;
export type AptKernelSource = z.infer<typeof aptKernel>;
