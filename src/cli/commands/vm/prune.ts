import { isAtRest } from "../../../core/model/state.ts";
import { formatBytes } from "../../../core/model/size.ts";
import type { PruneResult, VmInfo } from "../../../rpc/protocol.ts";
import { confirm } from "../../client/confirm.ts";
import { operate } from "../../client/operate.ts";
import { defineCommand } from "../../command.ts";
import { usage } from "../../parse/usage.ts";
import { outputFlags } from "../flags.ts";

export default defineCommand({
  meta: {
    notes: ["A terminal is asked first; without one --force is needed."],
    examples: ["banger vm prune", "banger vm prune --force"],
  },
  args: {
    force: { type: "boolean", alias: "f", description: "Do not ask" },
    ...outputFlags,
  },
  async run(ctx) {
    if (!ctx.args.force) {
      const vms = (await ctx.daemon.request<readonly VmInfo[]>("GET", "/v1/vms")).filter(
        ({ state }) => isAtRest(state) || state === "error",
      );
      if (vms.length === 0) return result({ deleted: [], freedBytes: 0 });
      const names = vms.map(({ name }) => name).join(", ");
      const answer = await confirm(ctx, `Delete ${names} with everything on their disks?`);
      if (answer === null)
        throw usage(ctx.command, "there is no terminal to ask", "banger vm prune --force does not ask");
      if (!answer) return 1;
    }
    return result((await operate<PruneResult>(ctx, "POST", "/v1/vms/prune")).value);
  },
});

function result(done: PruneResult) {
  const count = done.deleted.length;
  const text =
    count === 0
      ? "Nothing to delete."
      : `${count} deleted, ${formatBytes(done.freedBytes)} freed: ${done.deleted.join(", ")}`;
  return { json: done, text: () => text };
}
