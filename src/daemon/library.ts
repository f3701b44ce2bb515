import { BangerError } from "../core/api/errors.ts";
import type { VmView } from "../core/api/participant.ts";
import type { VmRepository } from "../core/engine/ports.ts";
import type { Image, Kernel } from "../core/model/image.ts";
import type { VmRecord } from "../core/model/vm.ts";
import type { Images } from "../images/images.ts";
import type { Kernels } from "../images/kernels.ts";
import type { ImageInfo, KernelInfo } from "../rpc/protocol.ts";
import type { Operation } from "./operations.ts";

type Run = Pick<Operation, "signal" | "emit">;

export interface LibraryDeps {
  readonly images: Images;
  readonly kernels: Kernels;
  readonly vms: VmRepository;
}

/** Images and kernels as the daemon's VMs use them. */
export class Library {
  constructor(private readonly deps: LibraryDeps) {}

  /** The image of that name, fetched where it is missing or damaged. */
  async image(name: string, run: Run): Promise<Image> {
    return this.deps.images.pull(name, run);
  }

  /** The kernel of that name, fetched where it is missing or damaged. */
  async kernel(name: string, run: Run): Promise<Kernel> {
    return this.deps.kernels.pull(name, run);
  }

  /** A kernel that is here; throws KERNEL_BROKEN. */
  async kernelOf(name: string): Promise<Kernel> {
    const kernel = await this.deps.kernels.get(name);
    if (kernel !== null) return kernel;
    throw new BangerError("KERNEL_BROKEN", `the kernel ${name} is gone`, { hint: `banger kernel pull ${name}` });
  }

  /** What a VM boots from; throws IMAGE_BROKEN or KERNEL_BROKEN where it is gone. */
  async filesOf(vm: VmRecord): Promise<{ readonly image: VmView["image"]; readonly kernel: Kernel }> {
    const [rootfs, kernel] = await Promise.all([
      this.deps.images.rootfs(vm.imageDigest),
      this.kernelOf(vm.spec.kernel),
    ]);
    if (rootfs === null) {
      throw new BangerError(
        "IMAGE_BROKEN",
        `the root file system of ${vm.spec.image} that ${vm.name} was made from is gone`,
        {
          hint: `banger image pull ${vm.spec.image} may bring it back; else make the VM anew`,
        },
      );
    }
    return { image: { name: vm.spec.image, digest: vm.imageDigest, rootfs }, kernel };
  }

  async images(): Promise<readonly ImageInfo[]> {
    const { images } = this.deps;
    const local = (await images.list()).map((image) => this.#imageInfo(image));
    const names = new Set(local.map(({ name }) => name));
    const missing = images.available().filter(({ name }) => !names.has(name));
    return [
      ...local,
      ...missing.map(({ name, distro, kernel, source }): ImageInfo => ({ ...nothing, name, distro, kernel, source })),
    ];
  }

  async imageInfo(name: string): Promise<ImageInfo> {
    return found(await this.images(), name, "IMAGE_NOT_FOUND", "image");
  }

  async pullImage(name: string, force: boolean, run: Run): Promise<ImageInfo> {
    return this.#imageInfo(await this.deps.images.pull(name, { ...run, force }));
  }

  async removeImage(name: string): Promise<void> {
    const image = await this.deps.images.get(name);
    if (image === null)
      throw new BangerError("IMAGE_NOT_FOUND", `no image called ${name} is here`, { hint: "banger image list" });
    const users = this.#imageInfo(image).usedBy;
    if (users.length > 0) {
      throw new BangerError(
        "IMAGE_IN_USE",
        `${users.join(", ")} ${users.length === 1 ? "is" : "are"} made from ${name}`,
        {
          hint: `banger vm delete ${users.join(" ")}`,
        },
      );
    }
    await this.deps.images.remove(name, this.#digests());
  }

  async kernels(): Promise<readonly KernelInfo[]> {
    const { kernels } = this.deps;
    const local = (await kernels.list()).map((kernel) => this.#kernelInfo(kernel));
    const names = new Set(local.map(({ name }) => name));
    const missing = kernels.available().filter(({ name }) => !names.has(name));
    return [...local, ...missing.map(({ name, source }): KernelInfo => ({ ...nothing, version: null, name, source }))];
  }

  async kernelInfo(name: string): Promise<KernelInfo> {
    return found(await this.kernels(), name, "KERNEL_NOT_FOUND", "kernel");
  }

  async pullKernel(name: string, force: boolean, run: Run): Promise<KernelInfo> {
    return this.#kernelInfo(await this.deps.kernels.pull(name, { ...run, force }));
  }

  async removeKernel(name: string): Promise<void> {
    const kernel = await this.deps.kernels.get(name);
    if (kernel === null)
      throw new BangerError("KERNEL_NOT_FOUND", `no kernel called ${name} is here`, { hint: "banger kernel list" });
    const users = this.#kernelInfo(kernel).usedBy;
    if (users.length > 0) {
      throw new BangerError(
        "KERNEL_IN_USE",
        `${users.join(", ")} ${users.length === 1 ? "starts" : "start"} with ${name}`,
        {
          hint: `banger vm delete ${users.join(" ")}`,
        },
      );
    }
    await this.deps.kernels.remove(name);
  }

  /** Removes what dead pulls left, and files that no name and no VM has. */
  async sweep(): Promise<void> {
    await Promise.all([this.deps.images.sweep(this.#digests()), this.deps.kernels.sweep(new Set())]);
  }

  #digests(): ReadonlySet<string> {
    return new Set(this.deps.vms.list().map((vm) => vm.imageDigest));
  }

  #imageInfo({ name, distro, digest, sizeBytes, diskBytes, kernel, source, createdAt }: Image): ImageInfo {
    const usedBy = this.#users((vm) => vm.imageDigest === digest);
    return { name, local: true, distro, digest, sizeBytes, diskBytes, kernel, source, createdAt, usedBy };
  }

  #kernelInfo({ name, version, digest, sizeBytes, diskBytes, source, createdAt }: Kernel): KernelInfo {
    const usedBy = this.#users((vm) => vm.spec.kernel === name);
    return { name, local: true, version, digest, sizeBytes, diskBytes, source, createdAt, usedBy };
  }

  #users(uses: (vm: VmRecord) => boolean): readonly string[] {
    return this.deps.vms.list().flatMap((vm) => (uses(vm) ? [vm.name] : []));
  }
}

const nothing = { local: false, digest: null, sizeBytes: null, diskBytes: null, createdAt: null, usedBy: [] } as const;

function found<T extends { readonly name: string }>(
  all: readonly T[],
  name: string,
  code: "IMAGE_NOT_FOUND" | "KERNEL_NOT_FOUND",
  what: string,
): T {
  const one = all.find((item) => item.name === name);
  if (one !== undefined) return one;
  throw new BangerError(code, `there is no ${what} called ${name}`, {
    hint: `banger ${what} list --available shows what there is`,
  });
}
