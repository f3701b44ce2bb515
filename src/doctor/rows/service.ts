import type { Finding } from "../../core/api/capability.ts";
import { daemonUnit, helperUnit } from "../../core/model/service-places.ts";
import type { SystemStatus, UnitStatus } from "../../system/status.ts";
import type { Facts } from "../deps.ts";
import type { ServiceState } from "../service-state.ts";

type ServiceFacts = Pick<Facts, "self" | "user" | "version">;

/** Whether banger is installed as a service, and whether its parts are as they were installed. */
export function install(state: ServiceState, facts: ServiceFacts): Finding {
  const row = "install";
  if (state.kind === "ours") return ours(state, facts);
  if (state.kind === "ignored") {
    const message = `${state.reason}; it is ignored`;
    return { row, status: "warn", message, detail: [`to write it anew: ${sudoInstall}`] };
  }
  if (state.kind === "theirs") {
    const message = `banger is installed here for ${state.owner}, and only for ${state.owner}`;
    return { row, status: "fail", message, detail: ["to free it for another: sudo banger system uninstall"] };
  }
  if (facts.user.uid === 0) {
    const message = "runs as root, in one process: this is not the installed form";
    return { row, status: "warn", message, detail: state.systemd ? [`as a user: ${sudoInstall}`] : [] };
  }
  const message = "not installed as a service: no network, storage or jail that needs root";
  return { row, status: "pass", message, detail: state.systemd ? [`to have them: ${sudoInstall}`] : [] };
}

function ours({ service: { owner, version }, problems }: SystemStatus, facts: ServiceFacts): Finding {
  const row = "install";
  const message = `version ${version}, for ${owner}`;
  const fix = command(facts, "install", "--owner", owner);
  if (version !== facts.version)
    return { row, status: "fail", message, detail: [`this command has version ${facts.version}`], fix };
  if (problems.length > 0) return { row, status: "warn", message, detail: problems };
  return { row, status: "pass", message };
}

const sudoInstall = "sudo banger system install";

/** The root helper of an installed service; no row without. A helper that does not answer takes the bridge away. */
export function helper(state: ServiceState, facts: ServiceFacts): Finding[] {
  const unit = state.kind === "ours" ? state.units.find(({ unit }) => unit === helperUnit) : undefined;
  return state.kind !== "ours" || unit === undefined ? [] : [unitFinding("helper", unit, { ...facts, ...state })];
}

/** The daemon of an installed service; null without one. */
export function installedDaemon(state: ServiceState, facts: ServiceFacts): Finding | null {
  const unit = state.kind === "ours" ? state.units.find(({ unit }) => unit === daemonUnit) : undefined;
  if (state.kind !== "ours" || unit === undefined) return null;
  const { vms } = state;
  return unitFinding(
    "daemon",
    unit,
    { ...facts, ...state },
    vms === null ? "" : `, ${vms.running} of ${vms.all} VMs running`,
  );
}

function unitFinding(row: string, unit: UnitStatus, facts: ServiceFacts & SystemStatus, more = ""): Finding {
  const { unit: name, state, pid, version, problems: detail } = unit;
  const message = `${name} is ${state}${pid === null ? "" : `, pid ${pid}`}${more}`;
  if (detail.length === 0) return { row, status: "pass", message };
  // What answers is only to be mended; what does not, or is another version, keeps VMs from running.
  const works = version === facts.version;
  const fix = version === null ? command(facts, "restart") : command(facts, "install", "--owner", facts.service.owner);
  return { row, status: works ? "warn" : "fail", message, detail, fix };
}

/** A command of `banger system` as root. */
function command({ self }: ServiceFacts, ...words: readonly string[]): readonly string[] {
  return ["sudo", ...self, "system", ...words];
}
