import type { Host, ProcessIdentity, RunOptions, RunResult } from "../core/api/host.ts";

export type HostCall = readonly [method: keyof Host, ...args: unknown[]];

/** What a fake host answers; what is left out answers like a healthy host on which everything goes well. */
export interface FakeAnswers {
  run?(argv: readonly string[], options: RunOptions | undefined): Partial<RunResult> | Promise<Partial<RunResult>>;
  /** Default: every program is in /usr/bin. */
  which?(program: string): string | null;
  /** Called with what is being started; may throw. */
  start?(argv: readonly string[]): void;
  readonly freeBytes?: number;
  readonly kvm?: { readonly usable: boolean; readonly reason: string };
  readonly cpuCount?: number;
  readonly memoryBytes?: number;
  readonly tscKhz?: number | null;
  readonly nameservers?: readonly string[];
}

/** A host for unit tests: it does nothing, writes down what it was asked, and keeps processes that end when told to. */
export class FakeHost implements Host {
  readonly calls: HostCall[] = [];
  /** Those that are alive. */
  readonly processes: ProcessIdentity[] = [];
  #nextPid = 1000;
  readonly #waiting = new Map<number, (() => void)[]>();
  readonly #watchers = new Set<() => void>();

  constructor(readonly answers: FakeAnswers = {}) {}

  /** Arguments of the calls of one method. */
  callsOf(method: keyof Host): readonly (readonly unknown[])[] {
    return this.calls.filter(([name]) => name === method).map(([, ...args]) => args);
  }

  /** Makes a process that nobody started through this host. */
  spawn(marker: string): ProcessIdentity {
    const pid = this.#nextPid++;
    const process = { pid, startTime: pid * 10, marker };
    this.processes.push(process);
    return process;
  }

  /** Ends a process. */
  end({ pid }: Pick<ProcessIdentity, "pid">): void {
    const index = this.processes.findIndex((process) => process.pid === pid);
    if (index !== -1) this.processes.splice(index, 1);
    for (const resolve of this.#waiting.get(pid) ?? []) resolve();
    this.#waiting.delete(pid);
  }

  async run(...args: Parameters<Host["run"]>): Promise<RunResult> {
    this.calls.push(["run", ...args]);
    return { code: 0, stdout: "", stderr: "", ...(await this.answers.run?.(args[0], args[1])) };
  }

  async userNamespace(): Promise<readonly [string, ...string[]]> {
    return ["unshare", "--user", "--map-root-user", "--map-auto", "--"];
  }

  async which(program: string): Promise<string | null> {
    this.calls.push(["which", program]);
    return this.answers.which === undefined ? `/usr/bin/${program}` : this.answers.which(program);
  }

  async start(...args: Parameters<Host["start"]>): Promise<ProcessIdentity> {
    this.calls.push(["start", ...args]);
    this.answers.start?.(args[0]);
    return this.spawn(args[1].marker);
  }

  /** Every process has a child of each kind. */
  async childOf(process: ProcessIdentity, program: string): Promise<ProcessIdentity | null> {
    this.calls.push(["childOf", process, program]);
    return this.spawn(process.marker);
  }

  async findProcesses(marker: string): Promise<readonly ProcessIdentity[]> {
    this.calls.push(["findProcesses", marker]);
    return this.processes.filter((process) => process.marker.includes(marker));
  }

  async isAlive(process: ProcessIdentity): Promise<boolean> {
    this.calls.push(["isAlive", process]);
    return this.#has(process);
  }

  async self(): Promise<ProcessIdentity> {
    return { pid: 1, startTime: 1, marker: "" };
  }

  /** KILL ends the process; other signals are only written down. */
  async signal(process: ProcessIdentity, signal: NodeJS.Signals): Promise<void> {
    this.calls.push(["signal", process, signal]);
    if (signal === "SIGKILL" && this.#has(process)) this.end(process);
  }

  async waitExit(process: ProcessIdentity, signal?: AbortSignal): Promise<void> {
    this.calls.push(["waitExit", process]);
    signal?.throwIfAborted();
    if (!this.#has(process)) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.set(process.pid, [...(this.#waiting.get(process.pid) ?? []), resolve]);
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  }

  async createExt4(path: string, sizeBytes: number): Promise<void> {
    this.calls.push(["createExt4", path, sizeBytes]);
  }

  async growFile(path: string, sizeBytes: number): Promise<void> {
    this.calls.push(["growFile", path, sizeBytes]);
  }

  async remove(path: string): Promise<void> {
    this.calls.push(["remove", path]);
  }

  async freeBytes(path: string): Promise<number> {
    this.calls.push(["freeBytes", path]);
    return this.answers.freeBytes ?? 2 ** 40;
  }

  async kvm(): Promise<{ readonly usable: boolean; readonly reason: string }> {
    this.calls.push(["kvm"]);
    return this.answers.kvm ?? { usable: true, reason: "" };
  }

  async cpuCount(): Promise<number> {
    return this.answers.cpuCount ?? 4;
  }

  async memoryBytes(): Promise<number> {
    return this.answers.memoryBytes ?? 8 * 2 ** 30;
  }

  async tscKhz(): Promise<number | null> {
    return this.answers.tscKhz === undefined ? 2_600_000 : this.answers.tscKhz;
  }

  #has({ pid, startTime }: ProcessIdentity): boolean {
    return this.processes.some((process) => process.pid === pid && process.startTime === startTime);
  }

  async nameservers(): Promise<readonly string[]> {
    return this.answers.nameservers ?? ["192.0.2.53"];
  }

  /** A change comes when `changeRoutes` is called. */
  async watchRoutes(onChange: () => void, signal: AbortSignal): Promise<void> {
    this.calls.push(["watchRoutes"]);
    this.#watchers.add(onChange);
    signal.addEventListener("abort", () => this.#watchers.delete(onChange), { once: true });
  }

  changeRoutes(): void {
    for (const onChange of this.#watchers) onChange();
  }
}
