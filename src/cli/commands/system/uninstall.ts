import { asBangerError, BangerError } from "../../../core/api/errors.ts";
import type { Service } from "../../../core/model/service.ts";
import { isAtRest } from "../../../core/model/state.ts";
import type { VmInfo } from "../../../rpc/protocol.ts";
import type { UninstallDeps } from "../../../system/uninstall.ts";
import { confirm } from "../../client/confirm.ts";
import { defineCommand } from "../../command.ts";
import { usage } from "../../parse/usage.ts";
import { outputFlags } from "../flags.ts";
import { managed } from "./managed.ts";

export default defineCommand({
  meta: {
    notes: [
      "VMs and images stay on the disk, for the next install, unless --purge deletes them.",
      "Running VMs are stopped with --force, else nothing is done while there are any.",
    ],
    examples: ["sudo banger system uninstall", "sudo banger system uninstall --purge"],
  },
  args: {
    purge: { type: "boolean", description: "Delete all VMs, images and caches of the service too" },
    force: { type: "boolean", alias: "f", description: "Stop running VMs, and do not ask" },
    ...outputFlags,
  },
  async run(ctx) {
    const { purge, force } = ctx.args;
    const { host, systemd, record, last } = await managed(ctx, "uninstall", ...(purge ? ["--purge"] : []));
    const deps = { host, systemd, emit: ctx.reporter.event.bind(ctx.reporter) };
    // A record that is damaged must not keep anybody from taking the service away.
    const service = await record().catch((error: unknown) => {
      if (force) return null;
      throw asBangerError(error).with({ hint: "with --force it is taken away all the same" });
    });
    const vms = service === null ? [] : await theirs(deps, service, force);
    const running = vms.filter(({ state }) => !isAtRest(state));
    if (running.length > 0 && !force) {
      throw new BangerError("VM_STATE", `VMs are running: ${running.map(({ name }) => name).join(", ")}`, {
        hint: "banger vm stop ends them, --force does too",
      });
    }
    if (purge && !force) {
      const what = vms.length === 0 ? "" : `${vms.map(({ name }) => name).join(", ")} and `;
      const answer = await confirm(ctx, `Delete ${what}all VMs, images and caches of the service?`);
      if (answer === null)
        throw usage(ctx.command, "there is no terminal to ask", "banger system uninstall --purge --force does not ask");
      if (!answer) return 1;
    }
    const { endVms, uninstall } = await import("../../../system/uninstall.ts");
    if (service !== null) await endVms(deps, service, purge ? vms : running, purge);
    const kept = await uninstall(deps, service ?? (await last()), { purge, force });
    return {
      json: { uninstalled: true, kept },
      text: () => `banger is no service any more.${kept.length === 0 ? "" : ` Kept: ${kept.join(", ")} (--purge)`}`,
    };
  },
});

/** With --force, a daemon that cannot serve is no obstacle: no VM can be asked for, and none is. */
async function theirs(deps: UninstallDeps, service: Service, force: boolean): Promise<readonly VmInfo[]> {
  const { listVms } = await import("../../../system/uninstall.ts");
  try {
    return await listVms(deps, service);
  } catch (thrown) {
    if (force) return [];
    throw asBangerError(thrown).with({
      hint: "without its daemon nobody knows its VMs; --force takes it away all the same",
    });
  }
}
