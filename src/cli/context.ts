import { resolvePaths, type Paths } from "../core/model/paths.ts";
import type { Args, Values } from "./command.ts";
import { Daemon } from "./client/daemon.ts";
import type { Io } from "./io.ts";
import { useColor } from "./render/color.ts";
import { createReporter, type Reporter } from "./report/reporter.ts";

/** What a command's handler works with. */
export interface Context<A extends Args> {
  /** As typed: `vm run`. */
  readonly command: string;
  readonly args: Values<A>;
  /** The guest's command exactly as given; null when there was none. */
  readonly rest: readonly string[] | null;
  readonly io: Io;
  readonly paths: Paths;
  /** Started when it does not run; nothing happens before the first request. */
  readonly daemon: Daemon;
  /** Colours and a moving line on this descriptor? */
  readonly color: (fd: 1 | 2) => boolean;
  /** Where progress goes, by the command's --json and --quiet. */
  readonly reporter: Reporter;
}

export function createContext(
  command: string,
  values: Readonly<Record<string, unknown>>,
  rest: readonly string[] | null,
  io: Io,
): Context<Args> {
  const paths = pathsOf(io);
  const color = (fd: 1 | 2): boolean => useColor(io, fd);
  const reporter = createReporter(io, { json: values["json"] === true, quiet: values["quiet"] === true });
  const daemon = new Daemon({
    paths,
    env: io.env,
    self: io.self,
    notice: (message) => reporter.event({ type: "notice", level: "info", message }),
  });
  return { command, args: values as Values<Args>, rest, io, paths, daemon, color, reporter };
}

export function pathsOf({ env, uid, passwdHome }: Io): Paths {
  return resolvePaths(env, uid, env["HOME"]?.startsWith("/") === true ? env["HOME"] : passwdHome());
}
