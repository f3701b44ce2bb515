import type { DaemonStatus } from "../../../rpc/protocol.ts";
import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: { notes: ["Commands that need it start it by themselves."], examples: ["banger daemon start"] },
  args: jsonFlag,
  async run({ daemon }) {
    await daemon.ensure();
    const status = await daemon.request<DaemonStatus>("GET", "/v1/status");
    return { json: status, text: () => `The daemon runs: pid ${status.pid}` };
  },
});
