import type { Finding } from "../core/api/capability.ts";
import type { Config } from "../core/config/index.ts";
import type { DoctorDeps, Facts } from "./deps.ts";
import { describeError } from "./errors.ts";
import { toReport, type DoctorReport } from "./report.ts";
import { architecture } from "./rows/architecture.ts";
import { configuration } from "./rows/configuration.ts";
import { daemon } from "./rows/daemon.ts";
import { kvm } from "./rows/kvm.ts";
import { findShelf, library, mustBuild } from "./rows/library.ts";
import { capabilities, drivers } from "./rows/parts.ts";
import { leftBehind } from "./rows/left-behind.ts";
import { plugins } from "./rows/plugins.ts";
import { helper, install, installedDaemon } from "./rows/service.ts";
import { sizes } from "./rows/sizes.ts";
import { space } from "./rows/space.ts";
import { ssh } from "./rows/ssh.ts";
import { store } from "./rows/store.ts";
import { tools } from "./rows/tools.ts";
import { vmm } from "./rows/vmm.ts";

type Row = Finding | readonly Finding[];

/**
 * Says whether `vm run` would work here, and what is in its way. Changes nothing on the host and starts nothing that stays.
 * A row that cannot be found out fails; it never keeps the others from being shown.
 */
export async function runDoctor(deps: DoctorDeps): Promise<DoctorReport> {
  const { config, problem } = await readConfig(deps);
  const facts: Facts = { ...deps, config };
  const shelf = findShelf(facts);
  const building = shelf.then(mustBuild).catch(() => true);
  const service = facts.service();
  const rows = await Promise.all([
    guarded("architecture", () => architecture(facts)),
    guarded("config", () => configuration(facts, problem)),
    guarded("state store", () => store(facts)),
    guarded("vmm", () => vmm(facts)),
    guarded("kvm", () => kvm(facts)),
    guarded("host tools", async () => tools(facts, await building)),
    guarded("disk space", async () => space(facts, await building)),
    guarded("drivers", () => drivers(facts)),
    guarded("default image", async () => library(await shelf)),
    guarded("vm defaults", () => sizes(facts)),
    guarded("ssh", () => ssh(facts)),
    guarded("daemon", async () => installedDaemon(await service, facts) ?? daemon(facts)),
    guarded("helper", async () => helper(await service, facts)),
    guarded("install", async () => install(await service, facts)),
    guarded("capabilities", () => capabilities(facts)),
    guarded("plugins", () => leftBehind(facts)),
    guarded("plugins", () => plugins(facts.host, facts.plugins)),
  ]);
  return toReport(deps.version, rows.flat());
}

async function readConfig(deps: DoctorDeps): Promise<{ config: Config; problem: unknown }> {
  try {
    return { config: await deps.readConfig(), problem: null };
  } catch (error) {
    return { config: deps.defaultConfig, problem: error };
  }
}

async function guarded(row: string, find: () => Promise<Row>): Promise<Row> {
  try {
    return await find();
  } catch (error) {
    return { row, status: "fail", message: `could not be checked: ${describeError(error)}` };
  }
}
