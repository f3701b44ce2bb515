import { rm } from "node:fs/promises";
import type { Emit } from "../core/api/events.ts";
import { asBangerError, BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import { formatService, type Service } from "../core/model/service.ts";
import { daemonUnit, helperUnit, servicePlaces } from "../core/model/service-places.ts";
import { ensureRootDir, forgetBefore, putProgram, putText } from "./files.ts";
import { askDaemon, askHelper, waitAnswer, type Answer } from "./health.ts";
import { linkCommand } from "./link.ts";
import { asOwner, missingFolders, type Owner } from "./owner.ts";
import type { Systemd } from "./systemd.ts";
import { transact, type Later } from "./transaction.ts";
import { plans, unitText } from "./units.ts";

/** How long a service may take until it answers, in milliseconds. */
const startMs = 60_000;

export interface InstallDeps {
  readonly host: Host;
  readonly systemd: Systemd;
  readonly emit: Emit;
  readonly version: string;
  /** The compiled program that is to be installed. */
  readonly program: string;
}

export interface Installed {
  readonly service: Service;
  /** False when everything was as it should be already. */
  readonly changed: boolean;
}

/**
 * Installs the service for its owner, or brings an installed one up to date; all of it or nothing. VMs that run go on running.
 * @param before the record of the service that runs, or null
 * @param made directories in the owner's home that an earlier install made
 */
export async function install(
  deps: InstallDeps,
  owner: Owner,
  before: Service | null,
  made: readonly string[],
): Promise<Installed> {
  const { systemd, emit } = deps;
  return transact("the install failed", async (later) => {
    const step = stepper(emit);
    const fresh = await step("owner", `${owner.home}/.local/state/banger/ssh`, () => makeFolders(deps, owner, later));
    const service = serviceFor(deps.version, owner, [...new Set([...made, ...fresh])]);
    const { record, binary, units } = servicePlaces;
    // Undone last: with the old files back, what ran before runs again.
    later(() => restore(systemd, before));
    const files = await step("files", binary, async () => {
      for (const path of [record, binary]) await ensureRootDir(path.slice(0, path.lastIndexOf("/")), later);
      const changes = [await putProgram(binary, deps.program, later)];
      for (const plan of plans(service)) changes.push(await putText(`${units}/${plan.name}`, unitText(plan), later));
      changes.push(await putText(record, formatService(service), later));
      await linkCommand(later);
      return changes.includes(true);
    });
    const changed = await step("start", `${helperUnit}, ${daemonUnit}`, () => startUnits(deps, service, files, later));
    await rm(servicePlaces.lastRecord, { force: true });
    await forgetBefore(binary, record, ...plans(service).map(({ name }) => `${units}/${name}`));
    return { service, changed: files || changed };
  });
}

function serviceFor(version: string, { name, uid, gid, home }: Owner, made: readonly string[]): Service {
  const { binary, stateDir, cacheDir, runtimeDir, helperSocket } = servicePlaces;
  return { version, owner: name, uid, gid, home, binary, stateDir, cacheDir, runtimeDir, helperSocket, made };
}

/** The folder of the owner's keys, made by the owner: the service may write nowhere else in the home directory. */
async function makeFolders({ host }: InstallDeps, owner: Owner, later: Later): Promise<readonly string[]> {
  const missing = await missingFolders(owner.home);
  for (const path of missing) {
    later(async () => void (await host.run(asOwner(owner, "rmdir", "--", path), { okCodes: [0, 1] })));
    await host.run(asOwner(owner, "mkdir", "-m", "700", "--", path));
  }
  return missing;
}

async function startUnits({ systemd }: InstallDeps, service: Service, files: boolean, later: Later): Promise<boolean> {
  const units = [helperUnit, daemonUnit];
  const states = await Promise.all(units.map((unit) => systemd.state(unit)));
  if (!files && states.every(({ active, enabled }) => active === "active" && enabled)) return false;
  later(async () => {
    await systemd.do("stop", daemonUnit, helperUnit);
    const fresh = units.filter((_, index) => !states[index]!.enabled);
    if (fresh.length > 0) await systemd.do("disable", ...fresh);
  });
  await systemd.do("daemon-reload");
  await systemd.do("enable", ...units);
  await startOne(systemd, helperUnit, () => askHelper(service));
  await startOne(systemd, daemonUnit, () => askDaemon(service));
  return true;
}

/** Starts a unit anew and waits until it answers. @throws BangerError INSTALL_FAILED with the end of its journal */
export async function startOne(systemd: Systemd, unit: string, ask: () => Promise<Answer>): Promise<void> {
  try {
    await systemd.do("reset-failed", unit).catch(() => {});
    await systemd.do("restart", unit);
    await waitAnswer(ask, startMs);
  } catch (cause) {
    throw new BangerError("INSTALL_FAILED", `${unit} does not serve: ${asBangerError(cause).message}`, {
      detail: await systemd.lines(unit, 10),
      hint: `journalctl -u ${unit} shows more`,
      cause,
    });
  }
}

async function restore(systemd: Systemd, before: Service | null): Promise<void> {
  await systemd.do("daemon-reload");
  if (before !== null) await systemd.do("restart", helperUnit, daemonUnit);
}

type Step = <T>(subject: string, detail: string, work: () => Promise<T>) => Promise<T>;

/** Shows each part of the work as a step. */
function stepper(emit: Emit): Step {
  return async (subject, detail, work) => {
    const began = performance.now();
    emit({ type: "step-start", step: "system", subject, detail });
    const value = await work();
    emit({ type: "step-end", step: "system", subject, detail, ms: performance.now() - began });
    return value;
  };
}
