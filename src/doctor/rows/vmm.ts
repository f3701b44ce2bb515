import type { Finding } from "../../core/api/capability.ts";
import type { VmmDriver } from "../../core/api/drivers.ts";
import type { Facts } from "../deps.ts";
import { describeError } from "../errors.ts";
import { installFix } from "./tools.ts";

type VmmFacts = Pick<Facts, "host" | "config" | "troupe">;

/** The VMM that `vm run` would take here; without any the row fails. */
export async function vmm({ host, config, troupe }: VmmFacts): Promise<Finding> {
  const row = "vmm";
  const chosen = config.vmm.driver;
  const network = troupe.network.find(({ name }) => name === config.network.driver);
  const candidates = troupe.vmm.filter(
    ({ name }) => (chosen === "auto" || chosen === name) && network?.vmms.includes(name) !== false,
  );
  const probes = await Promise.all(candidates.map(async (driver) => probe(driver, { host, config })));
  const first = probes.find(({ usable }) => usable);
  if (first === undefined) {
    const reasons = probes.map(({ name, reason }) => `${name}: ${reason}`);
    const absent = probes.some(({ name, binary }) => name === "qemu" && binary === null);
    const fix = absent ? await installFix(host, ["qemu-system-x86_64"]) : {};
    return { row, status: "fail", message: "no VMM can boot a guest here", detail: reasons, ...fix };
  }
  const used = `${first.name}${first.version === null ? "" : ` ${first.version}`}`;
  if (chosen !== "auto") return { row, status: "pass", message: `${used}, by [vmm] driver` };
  const firecracker = await host.which("firecracker");
  return firecracker === null
    ? {
        row,
        status: "warn",
        message: `firecracker not found, ${used} will be used`,
        detail: ["nothing needs to be done: this version of banger has no driver for firecracker yet"],
      }
    : {
        row,
        status: "pass",
        message: used,
        detail: [`${firecracker} is not used: this version of banger has no driver for it yet`],
      };
}

async function probe(driver: VmmDriver, { host, config }: Pick<VmmFacts, "host" | "config">) {
  try {
    return { name: driver.name, ...(await driver.probe(host, config.vmm.options[driver.name])) };
  } catch (error) {
    return { name: driver.name, usable: false, binary: "", version: null, reason: describeError(error) };
  }
}
