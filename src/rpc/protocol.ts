import type { ErrorJson } from "../core/api/errors.ts";
import type { GuestHealth, GuestPort } from "../core/api/guest.ts";
import type { JsonObject } from "../core/api/json.ts";
import type { VmDefaults } from "../core/config/defaults.ts";
import type { VmState } from "../core/model/state.ts";

/**
 * The daemon's API: HTTP and JSON on its unix socket. Every response carries `banger-version` and `banger-operation`
 * headers; every error is an ErrorBody. Long work answers with `application/x-ndjson`: OperationEvents, one a line, the last one
 * `result` or `error`. Closing such a response does not cancel the work (unless it is a lease): `POST /v1/operations/ID/cancel` does.
 *
 *   GET    /v1/status                     → DaemonStatus
 *   POST   /v1/stop                       → {} (VMs run on)
 *   GET    /v1/operations                 → OperationInfo[]
 *   POST   /v1/operations/ID/cancel       → {}
 *   GET    /v1/defaults                   → VmDefaults
 *   GET    /v1/vms                        → VmInfo[]
 *   POST   /v1/vms            CreateRequest → events, result VmInfo
 *   GET    /v1/vms/REF                    → VmDetails
 *   PATCH  /v1/vms/REF        SetRequest  → events, result VmInfo
 *   DELETE /v1/vms/REF                    → events, result {}
 *   POST   /v1/vms/REF/start  StartRequest → events, result VmInfo
 *   POST   /v1/vms/REF/stop   StopRequest → events, result VmInfo
 *   POST   /v1/vms/REF/restart StopRequest → events, result VmInfo
 *   POST   /v1/vms/REF/kill   KillRequest → events, result VmInfo
 *   POST   /v1/vms/prune                  → events, result PruneResult
 *   GET    /v1/vms/REF/query/NAME         → Json (a capability's query: `health` → GuestHealth, `ports` → VmPort[])
 *   GET    /v1/vms/REF/stats              → VmStats
 *   GET    /v1/vms/REF/logs?source=vmm|console&follow=0|1 → text stream
 *   POST   /v1/vms/REF/wait   WaitRequest → {}
 *   POST   /v1/vms/REF/exec   Upgrade: banger-exec; see frames.ts
 *   POST   /v1/vms/REF/dial?host=&port=   Upgrade: banger-dial; the connection's bytes, half-closes both ways
 *   GET    /v1/vms/REF/files?path=        → bytes, header `banger-file` GuestFileInfo as JSON
 *   PUT    /v1/vms/REF/files?path=&mode=&uid=&gid=  bytes → {}
 *   GET    /v1/images · /v1/kernels       → ImageInfo[] · KernelInfo[]
 *   GET    /v1/images/NAME · /v1/kernels/NAME → ImageInfo · KernelInfo
 *   POST   /v1/images/NAME/pull · /v1/kernels/NAME/pull  PullRequest → events, result ImageInfo · KernelInfo
 *   POST   /v1/plugins/follow             → {} (the plugins are those that config.toml enables now)
 *   GET    /v1/plugins/NAME/effects       → PluginEffects[]
 *   POST   /v1/plugins/NAME/forget        → PluginEffects[] (dropped from the journal)
 *   DELETE /v1/images/NAME · /v1/kernels/NAME → {}
 */
export const versionHeader = "banger-version";
export const operationHeader = "banger-operation";

export type WaitFor = "agent" | "boot" | "ssh";

export interface CreateRequest {
  readonly name?: string;
  readonly image?: string;
  readonly kernel?: string;
  readonly vcpu?: number;
  readonly memoryMiB?: number;
  readonly diskBytes?: number;
  readonly vmm?: string;
  readonly network?: string;
  readonly storage?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly workdir?: string;
  /** By capability: keys that its flags set. */
  readonly capabilities?: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;
  /** Start it at once (default true). */
  readonly start?: boolean;
  readonly wait?: WaitFor;
  readonly bootTimeoutMs?: number;
  readonly keepFailed?: boolean;
  /**
   * `--rm`: the VM lives no longer than this request's connection. After the `result` line the response stays open; when
   * the client closes it or dies, the VM is killed and deleted.
   */
  readonly lease?: boolean;
}

export interface StartRequest {
  readonly wait?: WaitFor;
  readonly bootTimeoutMs?: number;
  readonly keepFailed?: boolean;
}

export interface StopRequest extends StartRequest {
  /** How long an orderly stop may take before the VMM is killed; default 10 s. */
  readonly timeoutMs?: number;
}

/** What a VMM can be sent. */
export const killSignals = ["KILL", "TERM", "INT", "QUIT", "HUP"] as const;
export type KillSignal = (typeof killSignals)[number];

export interface KillRequest {
  /** Default KILL. */
  readonly signal?: KillSignal;
}

export interface SetRequest {
  readonly vcpu?: number;
  readonly memoryMiB?: number;
  readonly diskBytes?: number;
  readonly capabilities?: CreateRequest["capabilities"];
}

/** What a plugin has set up for a VM and the journal still has. */
export interface PluginEffects {
  readonly id: string;
  /** The name, or the id where there is no record of it any more. */
  readonly vm: string;
  readonly effects: number;
}

export interface WaitRequest {
  readonly for: WaitFor;
  readonly timeoutMs?: number;
}

export interface PullRequest {
  readonly force?: boolean;
}

export interface VmInfo {
  readonly id: string;
  readonly name: string;
  readonly state: VmState;
  readonly stateReason: string;
  readonly image: string;
  readonly kernel: string;
  readonly vcpu: number;
  readonly memoryMiB: number;
  readonly diskBytes: number;
  readonly vmm: string;
  readonly accel: "kvm" | "tcg" | null;
  /** Why this VMM and accelerator; empty when it is the first choice. */
  readonly vmmReason: string;
  /** The user id that the VMM has for itself in a jail, or why it has none; empty where it does not run or nobody would expect one. */
  readonly jail: string;
  readonly network: string;
  readonly storage: string;
  /** Address on the host's side, null where there is none. */
  readonly address: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string | null;
  readonly ephemeral: boolean;
  readonly pid: number | null;
  readonly bootId: string | null;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly stoppedAt: string | null;
}

/** One VM with what its capabilities tell of it while it runs, by their names. */
export interface VmDetails extends VmInfo {
  readonly capabilities: Readonly<Record<string, JsonObject>>;
  /** Why something of this is missing. */
  readonly problems: readonly string[];
}

export interface VmStats {
  readonly name: string;
  readonly uptimeMs: number;
  /** cpu time of the VMM process since its start. */
  readonly cpuMs: number;
  /** Proportional set size of the VMM process. */
  readonly memoryPssBytes: number;
  readonly memoryMiB: number;
  /** What the VM's files really take on the host's disk. */
  readonly diskUsedBytes: number;
  readonly guest: GuestHealth | null;
  /** What the VMM itself counts; null where it does not answer. */
  readonly vmm: JsonObject | null;
  /** What capabilities count, by their names. */
  readonly capabilities: Readonly<Record<string, JsonObject>>;
  /** Why something of this is missing. */
  readonly problems: readonly string[];
}

/** A port that is open in a guest. */
export interface VmPort extends GuestPort {
  /** Where this host reaches it; absent or null where it does not. */
  readonly host?: { readonly address: string; readonly port: number } | null;
  /** Why not, in words. */
  readonly note?: string | null;
}

export interface PruneResult {
  readonly deleted: readonly string[];
  readonly freedBytes: number;
}

export interface DaemonStatus {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly socket: string;
  readonly stateDir: string;
  readonly vms: number;
  readonly running: number;
}

export interface OperationInfo {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly startedAt: string;
}

export interface ImageInfo {
  readonly name: string;
  /** Whether it is here; false for a catalog entry that would have to be pulled. */
  readonly local: boolean;
  readonly distro: string;
  readonly digest: string | null;
  readonly sizeBytes: number | null;
  readonly diskBytes: number | null;
  readonly kernel: string;
  readonly source: string;
  readonly createdAt: string | null;
  /** Names of the VMs that use it. */
  readonly usedBy: readonly string[];
}

export interface KernelInfo {
  readonly name: string;
  readonly local: boolean;
  readonly version: string | null;
  readonly digest: string | null;
  readonly sizeBytes: number | null;
  readonly diskBytes: number | null;
  readonly source: string;
  readonly createdAt: string | null;
  readonly usedBy: readonly string[];
}

export interface ErrorBody {
  readonly error: ErrorJson;
}

export type { GuestHealth, VmDefaults };
