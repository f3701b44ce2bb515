import type { CommandOptions, Finished } from "./connection.ts";

type Run<O extends CommandOptions> = (argv: readonly string[], options?: O) => Promise<Finished>;

/** A user of the lab host. */
export class Account<O extends CommandOptions = CommandOptions> {
  constructor(
    readonly name: string,
    private readonly runner: Run<O>,
  ) {}

  /** Runs a program with exactly these arguments, in a login session of this user. */
  run(argv: readonly string[], options?: O): Promise<Finished> {
    return this.runner(argv, options);
  }

  /** The same, expecting success; returns stdout without its last line end. */
  async ok(argv: readonly string[], options?: O): Promise<string> {
    const { code, signal, stdout, stderr } = await this.run(argv, options);
    if (code !== 0) throw new Error(`${this.name}: ${argv.join(" ")} ended with ${signal ?? code}\n${stdout}${stderr}`);
    return stdout.replace(/\n$/, "");
  }

  /** Runs banger and expects success; returns stdout without its last line end. */
  banger(...args: string[]): Promise<string> {
    return this.ok(["banger", ...args]);
  }

  /** What `banger … --json` prints. */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.banger(...args, "--json")) as T;
  }
}
