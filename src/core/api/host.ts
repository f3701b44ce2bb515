/** Milliseconds, octets and absolute paths throughout. */
export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** Added to the environment of the process; null takes one away. */
  readonly env?: Readonly<Record<string, string | null>>;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Called with each line of stdout and stderr while the program runs, for progress. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** Exit codes that are not a failure; default only 0. */
  readonly okCodes?: readonly number[];
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Who a process is: never a bare pid. `startTime` is field 22 of /proc/PID/stat, in clock ticks since boot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
  /** A string chosen before the start that stands in its command line. */
  readonly marker: string;
}

export interface StartOptions {
  /** Must occur in argv; a restart of the daemon finds the process by it. */
  readonly marker: string;
  /** File that stdout and stderr are appended to, made with mode 0600. */
  readonly logPath: string;
  readonly cwd?: string;
  /** As in RunOptions. */
  readonly env?: Readonly<Record<string, string | null>>;
}

/** What the host can do for a driver or a capability. Programs are argv arrays, never a shell's string. */
export interface Host {
  /** What to put in front of an argv to make the program root of a user namespace that has all of this user's ids. */
  userNamespace(): Promise<readonly [string, ...string[]]>;
  /** Runs a program to its end. Throws COMMAND_FAILED (command and stderr in the detail) or TOOL_MISSING. */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<RunResult>;
  /** Path of a program on PATH or in the sbin directories, or null. */
  which(program: string): Promise<string | null>;
  /** Starts a program detached (own session, survives this process) and says who it is. */
  start(argv: readonly [string, ...string[]], options: StartOptions): Promise<ProcessIdentity>;
  /**
   * The child of that process that runs `program`, as its command line calls it, as soon as there is one; null when the process ends
   * before, or there is none within a minute.
   */
  childOf(process: ProcessIdentity, program: string): Promise<ProcessIdentity | null>;
  /** Every process of this user whose command line contains the marker. */
  findProcesses(marker: string): Promise<readonly ProcessIdentity[]>;
  isAlive(process: ProcessIdentity): Promise<boolean>;
  /** This very process, for locks that must tell a dead holder from a live one; its marker is empty, which every command line contains. */
  self(): Promise<ProcessIdentity>;
  /** Sends a signal to exactly that process; gone already is fine. */
  signal(process: ProcessIdentity, signal: NodeJS.Signals): Promise<void>;
  /** Resolves when that process has ended (event driven, also for processes that are not children). */
  waitExit(process: ProcessIdentity, signal?: AbortSignal): Promise<void>;
  /** A sparse file with an empty ext4 file system, made in place of nothing: an existing path is an error. */
  createExt4(path: string, sizeBytes: number): Promise<void>;
  /** Makes an ext4 image's file at least that large (never smaller); the file system grows in the guest. */
  growFile(path: string, sizeBytes: number): Promise<void>;
  /** Removes a file or tree without following links; gone already is fine. */
  remove(path: string): Promise<void>;
  /** Bytes that an unprivileged user can still write to the file system of the path. */
  freeBytes(path: string): Promise<number>;
  /** Whether a KVM vcpu really runs here (a device that opens is no proof), and if not why. */
  kvm(): Promise<{ readonly usable: boolean; readonly reason: string }>;
  cpuCount(): Promise<number>;
  memoryBytes(): Promise<number>;
  /** The host's TSC frequency in kHz, or null where the kernel does not tell. */
  tscKhz(): Promise<number | null>;
  /** IPv4 addresses of the nameservers that this host asks, as another machine can ask them too: none of its loopback. */
  nameservers(): Promise<readonly string[]>;
  /** Calls back after each change of interfaces, addresses or routes, several times for one, until the signal; event driven. */
  watchRoutes(onChange: () => void, signal: AbortSignal): Promise<void>;
}
