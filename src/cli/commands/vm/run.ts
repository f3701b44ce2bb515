import type { Emit } from "../../../core/api/events.ts";
import type { VmInfo } from "../../../rpc/protocol.ts";
import { operate } from "../../client/operate.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand, type Args } from "../../command.ts";
import type { Context } from "../../context.ts";
import { usage } from "../../parse/usage.ts";
import { runInGuest } from "../../stream/guest-command.ts";
import { outputFlags } from "../flags.ts";
import { makingFlags, readMaking } from "./making.ts";

export default defineCommand({
  meta: {
    guestCommand: "after-dashes",
    capabilityFlags: true,
    ownFailure: 125,
    notes: [
      "Without a command it is root's shell, in a terminal where stdin and stdout are one. The VM stays, unless --rm is given.",
      "Exits with the command's status, 128+n when signal n ended it, 127 when there is no such program, 126 when it cannot be executed, 125 when banger itself failed.",
    ],
    examples: ["banger vm run", "banger vm run --rm -- uname -a", "banger vm run -d --name web --memory 1G"],
  },
  args: {
    ...makingFlags,
    tty: { type: "boolean", alias: "t", description: "Give the command a terminal", group: "What runs" },
    rm: { type: "boolean", description: "Delete the VM afterwards, also when this command is killed", group: "After" },
    detach: {
      type: "boolean",
      alias: "d",
      description: "Return when it is started; its name goes to stdout",
      group: "After",
    },
    ...outputFlags,
  },
  async run(ctx) {
    const { rm, detach, tty, json } = ctx.args;
    const argv = ctx.rest ?? [];
    if (detach && rm) throw usage(ctx.command, "--detach and --rm exclude each other");
    if (rm && ctx.args["keep-failed"]) throw usage(ctx.command, "--keep-failed and --rm exclude each other");
    if (detach && argv.length > 0)
      throw usage(ctx.command, "--detach takes no command", "start the VM first, then banger vm exec");
    const request = await readMaking(ctx);
    const made = await operate<VmInfo>(ctx, "POST", "/v1/vms", { ...request, ...(rm && { lease: true }) });
    const { name, id } = made.value;
    if (detach) return { json: made.value, text: () => name };
    await ctx.reporter.settle();

    const interactive = argv.length === 0 && ctx.io.isTerminal(0) && ctx.io.isTerminal(1);
    let status: number;
    try {
      status = await runInGuest(ctx, id, { argv, terminal: tty || interactive });
    } finally {
      if (rm) await away(ctx, id);
      made.release();
    }
    if (interactive && !rm) {
      const message = `${name} is still running. Back in: banger vm exec -t ${name} · Away with it: banger vm delete ${name}`;
      ctx.reporter.event({ type: "notice", level: "info", message });
    }
    return json ? { json: { vm: made.value, status }, text: () => "", exit: status } : status;
  },
});

/** Deletes the VM and returns when it is gone. Should that fail, the daemon does it when the lease ends, and reports it. */
async function away({ daemon, reporter }: Context<Args>, id: string): Promise<void> {
  const onEvent: Emit = (event) => {
    if (event.type === "notice" || event.type === "timing") reporter.event(event);
  };
  await daemon.events("DELETE", vmPath(id), undefined, { onEvent }).catch(() => undefined);
}
