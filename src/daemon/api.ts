import type { ProcessIdentity } from "../core/api/host.ts";
import type { VmView } from "../core/api/participant.ts";
import type { ContextDeps } from "../core/engine/context.ts";
import type { Journal } from "../core/engine/ports.ts";
import type { VmRecord, VmSpec } from "../core/model/vm.ts";
import type { Plugins } from "../plugins/index.ts";
import type { CreateRequest, DaemonStatus, VmDefaults } from "../rpc/protocol.ts";
import type { Leases } from "./leases.ts";
import type { Library } from "./library.ts";
import type { Operation, Operations } from "./operations.ts";
import type { Vms } from "./vms.ts";

/** What the routes stand on. */
export interface Api {
  readonly vms: Vms;
  readonly plugins: Plugins;
  readonly journal: Journal;
  /** Has the plugins be those that config.toml enables now. */
  followConfig(): Promise<void>;
  readonly contexts: ContextDeps;
  readonly operations: Operations;
  readonly leases: Leases;
  readonly library: Library;
  readonly defaults: VmDefaults;
  create(request: CreateRequest, operation: Operation): Promise<VmRecord>;
  checkSize(size: Pick<VmSpec, "vcpu" | "memoryMiB" | "diskBytes">): void;
  placesOf(vm: Pick<VmRecord, "id" | "name">): Pick<VmView, "id" | "name" | "stateDir" | "runtimeDir">;
  /** Null when the process has ended. */
  processStats(process: ProcessIdentity): { readonly cpuMs: number; readonly memoryBytes: number } | null;
  diskUsage(path: string): Promise<number>;
  status(): DaemonStatus;
  /** Ends the daemon when the signal says that the answer is out; the guests run on. Throws while somebody's work would be lost. */
  stop(answered: AbortSignal): void;
}
