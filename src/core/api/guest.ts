/** How the host talks to a guest's agent; docs/guest-protocol.md is the wire form. Everything read from it is hostile. */
export interface ExecRequest {
  /** Program and arguments, given to the guest as they are. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Working directory to use where it exists. */
  readonly defaultCwd?: string;
  readonly user?: string;
  readonly terminal?: { readonly rows: number; readonly cols: number };
}

export type ExitStatus = { readonly code: number } | { readonly signal: number };

/** A program in the guest. Output is pulled: the consumer's pace is the program's. */
export interface GuestProcess {
  readonly pid: number;
  /** Ends after `exit` is known. One consumer, who may keep the chunks. */
  output(): AsyncIterable<{ readonly stream: "stdout" | "stderr"; readonly data: Uint8Array }>;
  /** Resolves when the window has room again. After the end of the program it drops the bytes. */
  writeStdin(data: Uint8Array): Promise<void>;
  endStdin(): Promise<void>;
  resize(rows: number, cols: number): void;
  signal(number: number): void;
  /** Rejects with GUEST_GONE when the guest goes away first. Does not need output() to be consumed to its end, but for its window. */
  readonly exit: Promise<ExitStatus>;
  /** Hangs up: the process group gets SIGHUP. */
  close(): void;
}

export interface GuestHealth {
  readonly uptimeMs: number;
  readonly init: "none" | "starting" | "running" | "degraded" | "stopping";
  readonly load: number;
  readonly memoryTotalBytes: number;
  readonly memoryAvailableBytes: number;
  readonly diskTotalBytes: number;
  readonly diskAvailableBytes: number;
  readonly processes: number;
}

export interface GuestPort {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
  readonly process?: string;
  readonly pid?: number;
}

/** A TCP port that listens in the guest. */
export interface ListeningPort {
  readonly address: string;
  readonly port: number;
}

export interface GuestFileInfo {
  readonly size: number;
  readonly mode: number;
  readonly mtimeMs: number;
  readonly uid: number;
  readonly gid: number;
}

export interface GuestHello {
  readonly agentVersion: string;
  readonly bootId: string;
  readonly uptimeMs: number;
  readonly init: boolean;
}

/** A connection inside the guest. Half-closes both ways. */
export interface GuestConnection {
  read(): AsyncIterable<Uint8Array>;
  write(data: Uint8Array): Promise<void>;
  end(): Promise<void>;
  close(): void;
}

/** A session with a guest's agent. Every method rejects with GUEST_GONE once `closed` has resolved. */
export interface Guest {
  readonly hello: GuestHello;
  /** Resolves (never rejects) with the reason when the session is over. */
  readonly closed: Promise<Error>;
  /** Resolves when the program has started. Throws GUEST_NOT_FOUND, GUEST_NOT_EXECUTABLE or GUEST_ERROR. The signal hangs up, later too. */
  exec(request: ExecRequest, signal?: AbortSignal): Promise<GuestProcess>;
  readFile(path: string): Promise<{ readonly info: GuestFileInfo; readonly data: AsyncIterable<Uint8Array> }>;
  writeFile(
    path: string,
    data: AsyncIterable<Uint8Array>,
    options: { readonly mode: number; readonly uid: number; readonly gid: number; readonly makeParents?: boolean },
  ): Promise<void>;
  health(): Promise<GuestHealth>;
  ports(): Promise<readonly GuestPort[]>;
  /**
   * All TCP ports that listen: at once, then anew whenever they have changed. States that the consumer is too slow for are skipped.
   * The signal ends it; the end of the session throws.
   */
  watchListening(signal?: AbortSignal): AsyncIterable<readonly ListeningPort[]>;
  dial(target: { readonly host: string; readonly port: number } | { readonly path: string }): Promise<GuestConnection>;
  /** Asks for an orderly end; the guest goes away some time after it resolves. */
  shutdown(): Promise<void>;
  sync(): Promise<void>;
  setClock(unixMs: number): Promise<void>;
  /** Resolves when the image's init has finished starting. */
  waitBoot(signal?: AbortSignal): Promise<GuestHealth["init"]>;
  close(): void;
}
