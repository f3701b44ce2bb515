import { createHost } from "../../../host/index.ts";
import { readService } from "../../../host/service-file.ts";
import type { SystemStatus, UnitStatus } from "../../../system/status.ts";
import { defineCommand } from "../../command.ts";
import { facts } from "../../render/table.ts";
import { palette, printable } from "../../render/style.ts";
import { jsonFlag } from "../flags.ts";
import { notInstalled } from "./managed.ts";

export default defineCommand({
  meta: {
    notes: ["Exits with 1 when it is not installed, or when something is not as it should be."],
    examples: ["banger system status", "banger system status --json"],
  },
  args: jsonFlag,
  async run({ io }) {
    const service = await readService(io.serviceRecord);
    if (service === null)
      return { json: null, text: () => `${notInstalled} To install it: sudo banger system install`, exit: 1 };
    const [{ isHealthy, systemStatus }, { Systemd }] = await Promise.all([
      import("../../../system/status.ts"),
      import("../../../system/systemd.ts"),
    ]);
    const status = await systemStatus(new Systemd(createHost({ env: io.env })), service);
    const healthy = isHealthy(status);
    return { json: { healthy, ...status }, text: ({ color }) => render(status, color), exit: healthy ? 0 : 1 };
  },
});

function render({ service, units, problems, vms }: SystemStatus, color: boolean): string {
  const { warn } = palette(color);
  const warnings = (lines: readonly string[]): string[] => lines.map((line) => warn(`  ${printable(line)}`));
  const head = facts([
    ["owner", service.owner],
    ["version", service.version],
    ["program", service.binary],
    ["state", service.stateDir],
    ["vms", vms === null ? "" : `${vms.all}, ${vms.running} running`],
  ]);
  return [head, ...warnings(problems), ...units.flatMap((unit) => [line(unit), ...warnings(unit.problems)])].join("\n");
}

function line({ unit, state, pid, version }: UnitStatus): string {
  return [unit, state, ...(pid === null ? [] : [`pid ${pid}`]), ...(version === null ? [] : [version])].join("  ");
}
