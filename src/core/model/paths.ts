import type { Service } from "./service.ts";

/** Everything banger may touch: in a user's account, from the XDG variables, or as an installed service. All absolute. */
export interface Paths {
  readonly home: string;
  /** `~/.config/banger` */
  readonly configDir: string;
  readonly configFile: string;
  /** `~/.local/state/banger` */
  readonly stateDir: string;
  readonly database: string;
  readonly vmsDir: string;
  readonly imagesDir: string;
  readonly kernelsDir: string;
  readonly sshDir: string;
  readonly daemonLog: string;
  /** `~/.cache/banger` */
  readonly cacheDir: string;
  /** `$XDG_RUNTIME_DIR/banger`, or `/tmp/banger-UID` where that is unset. */
  readonly runtimeDir: string;
  readonly socket: string;
  readonly daemonLock: string;
  /** Of the daemon that has the state, wherever its socket is. */
  readonly stateLock: string;
  /** The installed service that these are the paths of; null for an account's own. */
  readonly service: Service | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Pure: where things are for this environment. XDG variables that are empty or relative are ignored, as their specification says. */
export function resolvePaths(env: Environment, uid: number, passwdHome: string): Paths {
  const home = absolute(env["HOME"]) ?? passwdHome;
  const configDir = `${absolute(env["XDG_CONFIG_HOME"]) ?? `${home}/.config`}/banger`;
  const stateDir = `${absolute(env["XDG_STATE_HOME"]) ?? `${home}/.local/state`}/banger`;
  const cacheDir = `${absolute(env["XDG_CACHE_HOME"]) ?? `${home}/.cache`}/banger`;
  const runtime = absolute(env["XDG_RUNTIME_DIR"]);
  const runtimeDir = runtime === undefined ? `/tmp/banger-${uid}` : `${runtime}/banger`;
  return layOut({ home, configDir, stateDir, cacheDir, runtimeDir, sshDir: `${stateDir}/ssh`, service: null });
}

type Roots = Pick<Paths, "home" | "configDir" | "stateDir" | "cacheDir" | "runtimeDir" | "sshDir" | "service">;

/** What is where below the directories that hold it all. Pure. */
export function layOut(roots: Roots): Paths {
  const { configDir, stateDir, runtimeDir } = roots;
  return {
    ...roots,
    configFile: `${configDir}/config.toml`,
    database: `${stateDir}/state.db`,
    vmsDir: `${stateDir}/vms`,
    imagesDir: `${stateDir}/images`,
    kernelsDir: `${stateDir}/kernels`,
    daemonLog: `${stateDir}/daemon.log`,
    socket: `${runtimeDir}/daemon.sock`,
    daemonLock: `${runtimeDir}/daemon.lock`,
    stateLock: `${stateDir}/daemon.lock`,
  };
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && path.startsWith("/") ? path.replace(/(?<=.)\/+$/, "") : undefined;
}
