import { driverOptions } from "../../core/config/config.ts";
import type { Finding } from "../../core/api/capability.ts";
import type { NetworkDriver, VmmDriver, VmmProbe } from "../../core/api/drivers.ts";
import type { Facts } from "../deps.ts";
import { describeError } from "../errors.ts";
import { installFix } from "./tools.ts";

type VmmFacts = Pick<Facts, "host" | "config" | "troupe">;
type Candidate = Pick<VmmProbe, "usable" | "binary" | "version" | "reason"> & { readonly name: string };

/** The VMM that `vm run` would take here; without any the row fails. Then what the drivers say of those that are installed. */
export async function vmm(facts: VmmFacts): Promise<readonly Finding[]> {
  const { host, config, troupe } = facts;
  const chosen = config.vmm.driver;
  const network = troupe.network.find(({ name }) => name === config.network.driver);
  const drivers = troupe.vmm.filter(
    ({ name }) => (chosen === "auto" || chosen === name) && network?.vmms.includes(name) !== false,
  );
  const candidates = await Promise.all(drivers.map(async (driver) => probe(driver, network, facts)));
  const own = await Promise.all(
    drivers.map(async (driver) => driver.doctor?.(host, driverOptions(config.vmm, driver.name)) ?? []),
  );
  return [await row(host, chosen, candidates), ...own.flat()];
}

async function row(host: VmmFacts["host"], chosen: string, candidates: readonly Candidate[]): Promise<Finding> {
  const row = "vmm";
  const reasonOf = ({ name, reason }: Candidate): string => `${name}: ${reason}`;
  const at = candidates.findIndex(({ usable }) => usable);
  const first = candidates[at];
  if (first === undefined) {
    const absent = candidates.some(({ name, binary }) => name === "qemu" && binary === null);
    const fix = absent ? await installFix(host, ["qemu-system-x86_64"]) : {};
    return { row, status: "fail", message: "no VMM can boot a guest here", detail: candidates.map(reasonOf), ...fix };
  }
  const used = `${first.name}${first.version === null ? "" : ` ${first.version}`}`;
  if (chosen !== "auto") return { row, status: "pass", message: `${used}, by [vmm] driver` };
  if (at === 0) return { row, status: "pass", message: `${used} (${first.binary})` };
  return {
    row,
    status: "warn",
    message: `${used} will be used`,
    detail: [...candidates.slice(0, at).map(reasonOf), "nothing needs to be done, unless you want the first choice"],
  };
}

async function probe(
  driver: VmmDriver,
  network: NetworkDriver | undefined,
  { host, config }: VmmFacts,
): Promise<Candidate> {
  const { name } = driver;
  try {
    const found = await driver.probe(host, driverOptions(config.vmm, name));
    const obstacle = found.usable ? ((await network?.obstacle?.(host, name)) ?? null) : null;
    if (obstacle === null) return { name, ...found };
    return { name, ...found, usable: false, reason: `the network ${network?.name} cannot serve it: ${obstacle}` };
  } catch (error) {
    return { name, usable: false, binary: "", version: null, reason: describeError(error) };
  }
}
