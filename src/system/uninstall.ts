import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { BangerError } from "../core/api/errors.ts";
import type { Emit } from "../core/api/events.ts";
import type { Host } from "../core/api/host.ts";
import { formatService, servicePaths, type Service } from "../core/model/service.ts";
import { daemonUnit, helperUnit, servicePlaces } from "../core/model/service-places.ts";
import { isAtRest } from "../core/model/state.ts";
import { DaemonClient } from "../rpc/client.ts";
import type { VmInfo } from "../rpc/protocol.ts";
import { removeEmpty, takeAway } from "./files.ts";
import { askDaemon, waitAnswer } from "./health.ts";
import { unlinkCommand } from "./link.ts";
import { asOwner } from "./owner.ts";
import type { Systemd } from "./systemd.ts";

/** How long a daemon that was not running may take until it answers, in milliseconds. */
const startMs = 30_000;

export interface UninstallDeps {
  readonly host: Host;
  readonly systemd: Systemd;
  readonly emit: Emit;
}

/** The owner's VMs, from the daemon, which is started where it does not run. @throws BangerError INSTALL_FAILED, DAEMON_UNREACHABLE */
export async function listVms(
  { systemd }: Pick<UninstallDeps, "systemd">,
  service: Service,
): Promise<readonly VmInfo[]> {
  if ("error" in (await askDaemon(service))) {
    await systemd.do("start", daemonUnit).catch(() => {});
    await waitAnswer(() => askDaemon(service), startMs);
  }
  return DaemonClient.at(servicePaths(service)).request<readonly VmInfo[]>("GET", "/v1/vms");
}

/** Brings VMs to rest, or deletes them: everything that they have set up on the host is taken down. */
export async function endVms(
  { emit }: Pick<UninstallDeps, "emit">,
  service: Service,
  vms: readonly VmInfo[],
  purge: boolean,
): Promise<void> {
  const client = DaemonClient.at(servicePaths(service));
  for (const { id, state } of vms) {
    const path = `/v1/vms/${id}`;
    const rest = isAtRest(state);
    if (!rest) (await client.events("POST", `${path}/stop`, {}, { onEvent: emit })).release();
    if (purge) (await client.events("DELETE", path, undefined, { onEvent: emit })).release();
  }
}

/** What a service that has ended left running in its control group: guests. */
async function endLeftovers(unit: string, group: string, force: boolean): Promise<void> {
  const folder = `/sys/fs/cgroup${group}`;
  const text = group === "" ? "" : await readFile(`${folder}/cgroup.procs`, "utf8").catch(() => "");
  const pids = text.split("\n").filter((line) => line !== "");
  if (pids.length === 0) return;
  if (!force) {
    throw new BangerError("INSTALL_FAILED", `processes of ${unit} still run: ${pids.join(", ")}`, {
      hint: "they are VMs that the daemon does not know; --force ends them",
    });
  }
  await writeFile(`${folder}/cgroup.kill`, "1");
}

/**
 * Takes the service away; its VMs are at rest. What is gone already is fine, so that a broken-off one can be done again. State and
 * cache stay unless they are purged.
 * @param service its record, or that of one that was uninstalled before; null when there is none
 */
export async function uninstall(
  { host, systemd }: UninstallDeps,
  service: Service | null,
  { purge, force }: { readonly purge: boolean; readonly force: boolean },
): Promise<readonly string[]> {
  const { record, binary, units, runtimeDir, stateDir, cacheDir, rootDir, helperSocket, lastRecord } = servicePlaces;
  const names = [daemonUnit, helperUnit];
  for (const unit of names) {
    const { load, group } = await systemd.state(unit);
    if (load === "not-found") continue;
    await systemd.do("disable", "--now", unit);
    await endLeftovers(unit, group, force);
  }
  await takeAway(...names.map((name) => `${units}/${name}`));
  await systemd.do("daemon-reload");
  for (const unit of names) await systemd.do("reset-failed", unit).catch(() => {});
  await unlinkCommand();
  // What stays is still somebody's.
  if (!purge && service !== null) await keepRecord(lastRecord, service);
  await takeAway(record, binary);
  for (const path of [record, binary]) await removeEmpty(folder(path));
  for (const path of [runtimeDir, folder(helperSocket)]) await host.remove(path);
  if (!purge) return [stateDir, cacheDir];
  for (const path of [stateDir, cacheDir, rootDir]) await host.remove(path);
  if (service !== null) await removeFolders(host, service);
  return [];
}

async function keepRecord(path: string, service: Service): Promise<void> {
  await mkdir(folder(path), { recursive: true, mode: 0o711 });
  await writeFile(path, formatService(service), { mode: 0o644 });
  await chmod(path, 0o644);
}

/** What the install made in the owner's home, by the owner: the keys, then the folders as far as they are empty. */
async function removeFolders(host: Host, { uid, gid, made }: Service): Promise<void> {
  const keys = made.find((path) => path.endsWith("/banger/ssh"));
  if (keys !== undefined) await host.run(asOwner({ uid, gid }, "rm", "-rf", "--", keys));
  for (const path of [...made].reverse()) {
    if (path !== keys) await host.run(asOwner({ uid, gid }, "rmdir", "--", path), { okCodes: [0, 1] });
  }
}

function folder(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
