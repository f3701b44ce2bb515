import { asBangerError, type BangerError } from "../../core/api/errors.ts";
import type { ExecFrameRequest } from "../../rpc/frames.ts";
import type { Args } from "../command.ts";
import { vmPath } from "../client/paths.ts";
import type { Context } from "../context.ts";
import { runExec } from "./exec.ts";
import { attach } from "./terminal.ts";

export interface GuestCommand {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly user?: string;
  /** A terminal in the guest, of the size of ours. */
  readonly terminal: boolean;
}

/**
 * Runs a command in a VM with our stdin, stdout, stderr, signals and terminal.
 * @returns its exit status as a shell tells it: 128+n for a death by signal, 126 and 127 for a program that could not be started
 */
export async function runInGuest(
  ctx: Pick<Context<Args>, "daemon" | "io">,
  reference: string,
  command: GuestCommand,
): Promise<number> {
  const { io } = ctx;
  const stream = await ctx.daemon.upgrade(vmPath(reference, "/exec"), "banger-exec");
  let left = false;
  const leave = (): void => {
    left = true;
    stream.close();
  };
  try {
    const status = await runExec(stream, requestOf(command, ctx), io, {
      started: (control) => attach(io, control, { terminal: command.terminal, leave }),
    });
    // Nobody reads what it says: as if SIGPIPE had ended it here.
    if (status === null) return 128 + 13;
    return "code" in status ? status.code : 128 + status.signal;
  } catch (thrown) {
    if (left) return 130;
    const error = asBangerError(thrown);
    const status = notStarted(error);
    if (status === null) throw error;
    await io.err(`banger: ${error.message}\n`);
    return status;
  }
}

function requestOf(
  { argv, env, cwd, user, terminal }: GuestCommand,
  { io }: Pick<Context<Args>, "io">,
): ExecFrameRequest {
  const size = io.size();
  const term = io.env["TERM"];
  const variables = { ...(terminal && term !== undefined && io.isTerminal(0) && { TERM: term }), ...env };
  return {
    argv,
    ...(Object.keys(variables).length > 0 && { env: variables }),
    ...(cwd !== undefined && { cwd }),
    ...(user !== undefined && { user }),
    ...(terminal && { terminal: { rows: size?.rows || 24, cols: size?.columns || 80 } }),
  };
}

/** The status a shell gives for a program that it cannot start; null when that is not what went wrong. */
function notStarted({ code }: BangerError): number | null {
  if (code === "GUEST_NOT_FOUND") return 127;
  return code === "GUEST_NOT_EXECUTABLE" ? 126 : null;
}
