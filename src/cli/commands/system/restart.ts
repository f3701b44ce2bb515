import { BangerError } from "../../../core/api/errors.ts";
import { daemonUnit, helperUnit } from "../../../core/model/service-places.ts";
import { defineCommand } from "../../command.ts";
import { outputFlags } from "../flags.ts";
import { managed, notInstalled } from "./managed.ts";

export default defineCommand({
  meta: { notes: ["VMs run on."], examples: ["sudo banger system restart"] },
  args: outputFlags,
  async run(ctx) {
    const { systemd, record } = await managed(ctx, "restart");
    const service = await record();
    if (service === null) {
      throw new BangerError("INSTALL_FAILED", notInstalled.slice(0, -1), { hint: "sudo banger system install" });
    }
    const [{ startOne }, { askDaemon, askHelper }] = await Promise.all([
      import("../../../system/install.ts"),
      import("../../../system/health.ts"),
    ]);
    await startOne(systemd, helperUnit, () => askHelper(service));
    await startOne(systemd, daemonUnit, () => askDaemon(service));
    return { json: { restarted: true }, text: () => "Both services run anew, the VMs go on." };
  },
});
