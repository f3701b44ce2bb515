import { asBangerError, BangerError } from "../core/api/errors.ts";
import { resolvePaths, type Paths } from "../core/model/paths.ts";
import type { Args, Values } from "./command.ts";
import { readService } from "../host/service-file.ts";
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
  paths: Paths,
): Context<Args> {
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

interface Places {
  /** Of the installed service for its owner and root, else of the user's own account. */
  readonly paths: Paths;
  /** For whom banger is installed, when that is somebody else. */
  readonly owner: string | null;
  /** Why the record of an install does not count. */
  readonly problem: string | null;
}

/** Refuses everybody but the owner, and root; says when there is an install that does not count. @throws BangerError NOT_OWNER */
export function admit({ owner, problem }: Places, reporter: Reporter): void {
  if (problem !== null) reporter.event({ type: "notice", level: "warning", message: problem });
  if (owner === null) return;
  throw new BangerError("NOT_OWNER", `banger is installed here for ${owner}, and only for ${owner}`, {
    hint: "it serves one user a host; to free it for another: sudo banger system uninstall",
  });
}

export async function placesOf(io: Io): Promise<Places> {
  try {
    const service = await readService(io.serviceRecord);
    if (service === null) return { paths: ownPaths(io), owner: null, problem: null };
    if (io.uid !== service.uid && io.uid !== 0) return { paths: ownPaths(io), owner: service.owner, problem: null };
    const { servicePaths } = await import("../core/model/service.ts");
    return { paths: servicePaths(service), owner: null, problem: null };
  } catch (thrown) {
    return { paths: ownPaths(io), owner: null, problem: `${asBangerError(thrown).message}; it is ignored` };
  }
}

function ownPaths({ env, uid, passwdHome }: Io): Paths {
  return resolvePaths(env, uid, env["HOME"]?.startsWith("/") === true ? env["HOME"] : passwdHome());
}
