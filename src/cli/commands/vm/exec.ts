import { defineCommand } from "../../command.ts";
import { parseEnv, parseWorkdir } from "../../parse/values.ts";
import { runInGuest } from "../../stream/guest-command.ts";
import { runningVmReference } from "../flags.ts";

export default defineCommand({
  meta: {
    guestCommand: "after-positionals",
    ownFailure: 125,
    notes: [
      "Without a command it is the user's shell, in a terminal where stdin and stdout are one.",
      "Exits with the command's status, 128+n when signal n ended it, 127 when there is no such program, 126 when it cannot be executed, 125 when banger itself failed.",
    ],
    examples: [
      "banger vm exec web -- systemctl status ssh",
      "banger vm exec -t web",
      "tar c src | banger vm exec web -- tar x -C /srv",
    ],
  },
  args: {
    ...runningVmReference,
    tty: { type: "boolean", alias: "t", description: "Give the command a terminal" },
    env: {
      type: "string",
      valueHint: "K=V",
      alias: "e",
      multiple: true,
      description: "Variable of the command; K alone passes on yours",
    },
    workdir: { type: "string", valueHint: "DIR", alias: "w", description: "Directory that it starts in" },
    user: { type: "string", valueHint: "USER", alias: "u", description: "User that it runs as (default root)" },
  },
  async run(ctx) {
    const { name, tty, env, workdir, user } = ctx.args;
    const argv = ctx.rest ?? [];
    const interactive = argv.length === 0 && ctx.io.isTerminal(0) && ctx.io.isTerminal(1);
    return runInGuest(ctx, name, {
      argv,
      env: parseEnv(env, ctx.io.env),
      ...(workdir !== undefined && { cwd: parseWorkdir(workdir) }),
      ...(user !== undefined && { user }),
      terminal: tty || interactive,
    });
  },
});
