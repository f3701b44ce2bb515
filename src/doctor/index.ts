import { machine, userInfo } from "node:os";
import { configOf, createTroupe, loadConfig } from "../builtins.ts";
import { asBangerError, BangerError } from "../core/api/errors.ts";
import type { Paths } from "../core/model/paths.ts";
import { formatBytes } from "../core/model/size.ts";
import { createHost } from "../host/index.ts";
import { embeddedCatalog } from "../images/catalog.ts";
import { Images } from "../images/images.ts";
import { Kernels } from "../images/kernels.ts";
import { pluginsOfAccount } from "../plugins/of-account.ts";
import { DaemonClient } from "../rpc/client.ts";
import type { DaemonStatus, OperationInfo } from "../rpc/protocol.ts";
import { inspectStore } from "../store/inspect.ts";
import { buildObstacle } from "./build-obstacle.ts";
import type { DaemonState } from "./deps.ts";
import { runDoctor } from "./doctor.ts";
import { kvmAccess } from "./kvm-access.ts";
import { presence } from "./presence.ts";
import { serviceState } from "./service-state.ts";
import type { DoctorReport } from "./report.ts";

export interface DoctorOptions {
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What starts this very program. */
  readonly self: readonly string[];
  readonly version: string;
  /** Where the record of an installed service is, if there is one. */
  readonly serviceRecord: string;
}

/** The report on this host and this user's banger. Loads nearly everything that banger is. */
export async function doctor({ paths, env, self, version, serviceRecord }: DoctorOptions): Promise<DoctorReport> {
  const host = createHost({ env, self });
  const { uid, username: name } = userInfo();
  const troupe = createTroupe({ uid, service: paths.service !== null });
  const catalog = embeddedCatalog();
  const images = new Images({ host, uid, catalog, dir: paths.imagesDir });
  const kernels = new Kernels({ host, uid, catalog, dir: paths.kernelsDir });
  const builtIn = troupe.capabilities.map((capability) => capability.name);
  const plugins = await pluginsOfAccount(paths, { builtIn, host, self, env });
  const report = runDoctor({
    version,
    self,
    host,
    paths,
    machine: machine(),
    user: { name, uid },
    troupe,
    plugins,
    readConfig: () => loadConfig(paths, troupe),
    defaultConfig: await configOf("", paths, troupe),
    inspectStore,
    image: (name) =>
      presence(
        images,
        name,
        ({ diskBytes }) => formatBytes(diskBytes),
        ({ kernel }) => kernel,
      ),
    kernel: (name) => presence(kernels, name, ({ version, diskBytes }) => `${version}, ${formatBytes(diskBytes)}`),
    kvmAccess,
    daemon: () => askDaemon(paths),
    service: () => serviceState(host, uid, serviceRecord),
    buildObstacle: (image) => buildObstacle(host, uid, catalog, image),
  });
  return report.finally(() => plugins.close());
}

/** Asks the daemon that runs, of whatever version; null when there is none. */
async function askDaemon(paths: Paths): Promise<DaemonState | null> {
  const client = DaemonClient.at(paths);
  const signal = AbortSignal.timeout(5000);
  try {
    const status = await client.request<DaemonStatus>("GET", "/v1/status", undefined, signal);
    const operations = await client.request<readonly OperationInfo[]>("GET", "/v1/operations", undefined, signal);
    return { status, busy: operations.length > 0 };
  } catch (thrown) {
    const error = asBangerError(thrown);
    const system = (error.cause as NodeJS.ErrnoException | undefined)?.code;
    if (error.code === "DAEMON_UNREACHABLE" && (system === "ENOENT" || system === "ECONNREFUSED")) return null;
    if (!signal.aborted) throw error;
    throw new BangerError("DAEMON_UNREACHABLE", "the daemon does not answer", {
      hint: "banger daemon logs shows why",
      cause: error,
    });
  }
}
