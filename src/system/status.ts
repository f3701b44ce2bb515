import { lstat } from "node:fs/promises";
import type { Service } from "../core/model/service.ts";
import { helperUnit } from "../core/model/service-places.ts";
import { writableByOthers } from "../host/service-file.ts";
import { askDaemon, askHelper, type Answer } from "./health.ts";
import type { Systemd } from "./systemd.ts";
import { plans, softness } from "./units.ts";

/** One of the two services as `system status` shows it. */
export interface UnitStatus {
  readonly unit: string;
  /** As systemd says: `active`, `failed`, `not-found` … */
  readonly state: string;
  readonly enabled: boolean;
  readonly pid: number | null;
  /** Of what answers at its socket; null when nothing does. */
  readonly version: string | null;
  /** What is not as it was installed, in lines for people. */
  readonly problems: readonly string[];
}

export interface SystemStatus {
  readonly service: Service;
  readonly units: readonly UnitStatus[];
  /** Of the program itself, in lines for people. */
  readonly problems: readonly string[];
  /** VMs of the owner; null when the daemon does not answer. */
  readonly vms: { readonly all: number; readonly running: number } | null;
}

/** How the installed service is. Changes nothing. */
export async function systemStatus(systemd: Systemd, service: Service): Promise<SystemStatus> {
  const [helper, daemon] = await Promise.all([askHelper(service), askDaemon(service)]);
  const sockets = [
    { path: service.helperSocket, mode: 0o600 },
    { path: `${service.runtimeDir}/daemon.sock`, mode: 0o700 },
  ] as const;
  const units = await Promise.all(
    plans(service).map(async (plan, index): Promise<UnitStatus> => {
      const { name: unit } = plan;
      const { load, active, enabled, pid } = await systemd.state(unit);
      if (load !== "loaded") return { unit, state: load, enabled, pid, version: null, problems: ["it is not there"] };
      const answer = unit === helperUnit ? helper : daemon;
      const soft = softness(plan, await systemd.show(unit, Object.keys(plan.hardening)));
      const problems = [
        ...(active === "active" ? [] : [`it is ${active}`]),
        ...(enabled ? [] : ["it does not start with the host"]),
        ...problemsOf(answer, service),
        ...soft.map((line) => `less hardened than installed: ${line}`),
        ...(active === "active" ? await socketProblems(sockets[index]!, service) : []),
      ];
      return { unit, state: active, enabled, pid, version: "error" in answer ? null : answer.version, problems };
    }),
  );
  const { status } = daemon;
  const vms = status === undefined ? null : { all: status.vms, running: status.running };
  return { service, units, problems: await programProblems(service), vms };
}

export function isHealthy({ units, problems }: SystemStatus): boolean {
  return problems.length === 0 && units.every((unit) => unit.problems.length === 0);
}

function problemsOf(answer: Answer, { version }: Service): string[] {
  if ("error" in answer) return [answer.error.message];
  return answer.version === version ? [] : [`it has version ${answer.version}, installed is ${version}`];
}

/** The folder of a socket that this user may not enter says nothing. */
async function socketProblems(
  { path, mode }: { readonly path: string; readonly mode: number },
  { uid }: Service,
): Promise<readonly string[]> {
  try {
    const stat = await lstat(path);
    if (!stat.isSocket()) return [`${path} is no socket`];
    const actual = stat.mode & 0o777;
    return [
      ...(stat.uid === uid ? [] : [`${path} belongs to user ${stat.uid}, not to ${uid}`]),
      ...(actual === mode ? [] : [`${path} has mode ${actual.toString(8)}, not ${mode.toString(8)}`]),
    ];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EACCES" ? [] : [`${path} is not there (${code})`];
  }
}

/** Whoever could replace the program would be root. */
async function programProblems({ binary }: Service): Promise<readonly string[]> {
  const problems: string[] = [];
  for (let at = binary; ; at = at.slice(0, at.lastIndexOf("/")) || "/") {
    const stat = await lstat(at).catch(() => null);
    const why = stat === null ? "it is not there" : stat.isSymbolicLink() ? "it is a link" : writableByOthers(stat);
    if (why !== null) problems.push(`${at}: ${why}`);
    if (at === "/") return problems;
  }
}
