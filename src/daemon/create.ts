import { BangerError } from "../core/api/errors.ts";
import type { Config } from "../core/config/config.ts";
import type { VmRepository } from "../core/engine/ports.ts";
import { checkName, generateName } from "../core/model/names.ts";
import type { VmRecord, VmSpec } from "../core/model/vm.ts";
import type { CreateRequest, VmDefaults } from "../rpc/protocol.ts";
import type { Casts } from "./casts.ts";
import type { Library } from "./library.ts";
import type { Operation } from "./operations.ts";

export interface CreateDeps {
  readonly vms: VmRepository;
  readonly casts: Casts;
  readonly library: Library;
  readonly config: Config;
  readonly defaults: VmDefaults;
  checkSize(size: Pick<VmSpec, "vcpu" | "memoryMiB" | "diskBytes">): void;
}

/**
 * Makes the record of a new VM: everything that can be wrong with the request is found before anything exists; then the image and
 * kernel are fetched where they are missing, and the name is taken last.
 */
export async function createVm(
  deps: CreateDeps,
  request: CreateRequest,
  run: Pick<Operation, "signal" | "emit">,
): Promise<VmRecord> {
  const { defaults, library, vms } = deps;
  const size = {
    vcpu: request.vcpu ?? defaults.vcpu.value,
    memoryMiB: request.memoryMiB ?? defaults.memoryMiB.value,
    diskBytes: request.diskBytes ?? defaults.diskBytes.value,
  };
  deps.checkSize(size);
  const drivers = {
    vmm: request.vmm ?? deps.config.vmm.driver,
    storage: request.storage ?? deps.config.storage.driver,
    network: request.network ?? deps.config.network.driver,
    capabilities: request.capabilities ?? {},
  };
  await deps.casts.check(drivers);
  const taken = (name: string): boolean => vms.list().some((vm) => vm.name === name);
  if (request.name !== undefined && taken(checkName(request.name))) throw nameTaken(request.name);
  run.emit({ type: "spec", ...size });

  const image = await library.image(request.image ?? defaults.image, run);
  const kernel = await library.kernel(request.kernel ?? image.kernel, run);
  run.signal.throwIfAborted();
  const vm: VmRecord = {
    id: crypto.getRandomValues(new Uint8Array(8)).toHex(),
    name: request.name ?? generateName(taken, Math.random),
    state: "created",
    stateReason: "",
    spec: {
      ...size,
      ...drivers,
      image: image.name,
      kernel: kernel.name,
      env: request.env ?? {},
      ...(request.workdir !== undefined && { workdir: request.workdir }),
      ephemeral: request.lease ?? false,
    },
    imageDigest: image.digest,
    createdAt: Date.now(),
    startedAt: null,
    stoppedAt: null,
  };
  vms.insert(vm);
  return vm;
}

function nameTaken(name: string): BangerError {
  return new BangerError("VM_EXISTS", `a VM called ${name} exists already`, {
    hint: `banger vm start ${name} starts it; another --name makes a new one`,
  });
}
