import type { Troupe } from "../builtins.ts";
import type { Host } from "../core/api/host.ts";
import type { Config } from "../core/config/index.ts";
import type { Paths } from "../core/model/paths.ts";
import type { DaemonStatus } from "../rpc/protocol.ts";
import type { PluginSource } from "./rows/plugins.ts";
import type { ServiceState } from "./service-state.ts";
import type { StoreReport } from "../store/inspect.ts";

/** How an image or a kernel is. */
export type Presence =
  /** Here and whole; `kernel` is the one that an image's VMs start with. */
  | { readonly kind: "local"; readonly note: string; readonly kernel?: string | undefined }
  | { readonly kind: "broken"; readonly problems: readonly string[]; readonly kernel?: string | undefined }
  /** Not here, and can be fetched. */
  | { readonly kind: "catalog"; readonly kernel?: string | undefined }
  | { readonly kind: "unknown"; readonly known: readonly string[] };

/** What the file system says of the KVM device. */
export interface KvmAccess {
  readonly exists: boolean;
  /** Whether this user may open it for reading and writing. */
  readonly allowed: boolean;
  /** The group whose members may; null when that is not how it can be had. */
  readonly group: string | null;
}

/** A daemon that runs. */
export interface DaemonState {
  readonly status: DaemonStatus;
  /** Whether it is at work, so that it could not be replaced now. */
  readonly busy: boolean;
}

export interface DoctorDeps {
  readonly version: string;
  /** What starts this very program. */
  readonly self: readonly string[];
  readonly host: Host;
  readonly paths: Paths;
  /** As `uname -m` prints it. */
  readonly machine: string;
  readonly user: { readonly name: string; readonly uid: number };
  readonly troupe: Troupe;
  readonly plugins: PluginSource;
  /** Throws CONFIG_INVALID. */
  readConfig(): Promise<Config>;
  /** The configuration of an empty file: what the other rows go by when the real one is broken. */
  readonly defaultConfig: Config;
  inspectStore(path: string): Promise<StoreReport>;
  image(name: string): Promise<Presence>;
  kernel(name: string): Promise<Presence>;
  kvmAccess(): Promise<KvmAccess>;
  /** What the daemon says of itself, or null when none runs. Never starts one. */
  daemon(): Promise<DaemonState | null>;
  /** Whether banger is installed as a service, and how that is. */
  service(): Promise<ServiceState>;
  /** Why this user cannot build the image although the tools are there, in lines for people, or null. */
  buildObstacle(image: string): Promise<readonly string[] | null>;
}

/** The deps, with the configuration that the rows go by. */
export interface Facts extends DoctorDeps {
  readonly config: Config;
}
