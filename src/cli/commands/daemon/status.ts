import { BangerError } from "../../../core/api/errors.ts";
import type { Paths } from "../../../core/model/paths.ts";
import { DaemonClient } from "../../../rpc/client.ts";
import type { DaemonStatus } from "../../../rpc/protocol.ts";
import { defineCommand } from "../../command.ts";
import { facts } from "../../render/table.ts";
import { age } from "../../render/time.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: { notes: ["Exits with 1 when it does not run."], examples: ["banger daemon status"] },
  args: jsonFlag,
  async run({ paths }) {
    const status = await ask(paths);
    if (status === null) {
      const next =
        paths.service === null ? "The next command that needs it starts it." : "banger system status says why.";
      return { json: null, text: () => `No daemon is running. ${next}`, exit: 1 };
    }
    return { json: status, text: ({ now }) => facts(describe(status, now)) };
  },
});

async function ask(paths: Paths): Promise<DaemonStatus | null> {
  try {
    return await DaemonClient.at(paths).request<DaemonStatus>("GET", "/v1/status");
  } catch (error) {
    if (error instanceof BangerError && error.code === "DAEMON_UNREACHABLE") return null;
    throw error;
  }
}

function describe(
  { version, pid, startedAt, socket, stateDir, vms, running }: DaemonStatus,
  now: number,
): [string, string][] {
  return [
    ["version", version],
    ["pid", `${pid}`],
    ["started", `${startedAt}  (${age(startedAt, now)} ago)`],
    ["socket", socket],
    ["state", stateDir],
    ["vms", `${vms}, ${running} running`],
  ];
}
