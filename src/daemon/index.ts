import { writeSync } from "node:fs";
import { userInfo } from "node:os";
import { asBangerError, BangerError } from "../core/api/errors.ts";
import { resolvePaths, type Paths } from "../core/model/paths.ts";
import { servicePlaces } from "../core/model/service-places.ts";
import { readService } from "../host/service-file.ts";
import { Daemon } from "./daemon.ts";

/** The descriptor on which a parent that waits is told `{"ready":true}` or `{"error":ErrorJson}`, one line. */
const readyFd = 3;

/** What the daemon needs of its process. */
export interface Edge {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What starts this very program. */
  readonly self: readonly string[];
  err(text: string): Promise<void>;
}

/** `banger daemon serve [--service] [--ready-fd]`: runs until it is told to stop; the guests run on. Returns the exit status. */
export async function serve(argv: readonly string[], io: Edge): Promise<number> {
  // Everything the daemon makes is private from birth.
  process.umask(0o077);
  const tell = argv.includes("--ready-fd") ? tellParent : () => {};
  try {
    const daemon = await Daemon.start(await pathsFor(argv, io), { env: io.env, self: io.self });
    // A defect in one request must not end the work of the others.
    for (const event of ["unhandledRejection", "uncaughtException"] as const) {
      process.on(event, (thrown: unknown) => void io.err(`${event}: ${asBangerError(thrown).stack}\n`));
    }
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => daemon.end());
    tell({ ready: true });
    await daemon.ended;
    return 0;
  } catch (thrown) {
    const error = asBangerError(thrown);
    tell({ error: error.toJSON() });
    await io.err(`banger: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`);
    return 1;
  }
}

/** With `--service` it is the installed one: its record says where things are, and whose they are. */
async function pathsFor(argv: readonly string[], { env }: Edge): Promise<Paths> {
  const { homedir, uid } = userInfo();
  if (!argv.includes("--service")) return resolvePaths(env, uid, homedir);
  const service = await readService();
  if (service === null) throw new BangerError("INSTALL_RECORD", `there is no ${servicePlaces.record}`);
  if (service.uid !== uid) throw new BangerError("NOT_OWNER", `banger is installed for ${service.owner} here`);
  const { servicePaths } = await import("../core/model/service.ts");
  return servicePaths(service);
}

function tellParent(message: object): void {
  try {
    writeSync(readyFd, `${JSON.stringify(message)}\n`);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EPIPE")
      throw new BangerError("INTERNAL", "--ready-fd needs descriptor 3", { cause });
  }
}
