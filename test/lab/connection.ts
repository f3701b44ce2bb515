import { readFileSync } from "node:fs";
import { Client, type ClientChannel } from "ssh2";

export interface Finished {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as it came. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Milliseconds, from here. */
  readonly ms: number;
}

export interface CommandOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Milliseconds; past it the call fails, and nobody waits for the command any more. Default: two minutes. */
  readonly timeout?: number;
}

export interface Address {
  readonly port: number;
  /** The file of the key that opens every account. */
  readonly login: string;
  /** The host's public key, a line. */
  readonly hostKey: string;
}

/** One user's login session on the lab host, a real one through PAM; commands are channels of it. */
export class Connection {
  private constructor(private readonly client: Client) {}

  static async open({ port, login, hostKey }: Address, user: string): Promise<Connection> {
    const client = new Client();
    const ready = Promise.withResolvers<void>();
    client
      .on("ready", ready.resolve)
      .on("error", ready.reject)
      .on("close", () => ready.reject(new Error("closed")));
    client.connect({
      host: "127.0.0.1",
      port,
      username: user,
      privateKey: readFileSync(login),
      hostVerifier: (key: Buffer) => key.equals(Buffer.from(hostKey.split(" ")[1]!, "base64")),
      readyTimeout: 20_000,
      // A host that has frozen ends what waits for it. Emulated twice and beside others it may well be silent for a minute.
      keepaliveInterval: 15_000,
      keepaliveCountMax: 8,
    });
    await ready.promise;
    client.on("error", () => {});
    return new Connection(client);
  }

  /** Runs a program with exactly these arguments. Ends with the program, not with what it left running. */
  async run(argv: readonly string[], options: CommandOptions = {}): Promise<Finished> {
    const began = performance.now();
    const channel = await this.channel(commandLine(argv, options));
    const limit = options.timeout ?? 120_000;
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    channel.on("data", (bytes: Buffer) => output.stdout.push(bytes));
    channel.stderr.on("data", (bytes: Buffer) => output.stderr.push(bytes));
    const bytes = (): Buffer<ArrayBuffer> => Buffer.concat(output.stdout);
    const errors = (): string => Buffer.concat(output.stderr).toString();
    const ended = Promise.withResolvers<{ code: number | null; signal: string | null }>();
    channel.on("exit", (code: number | null, signal?: string) => {
      // What a background child holds open is not waited for, what is already on its way is.
      setTimeout(() => ended.resolve({ code, signal: signal ?? null }), 5000);
      channel.once("close", () => ended.resolve({ code, signal: signal ?? null }));
    });
    channel.on("close", () =>
      setTimeout(() => ended.reject(new Error(`the lab host went away during ${argv.join(" ")}`)), 100),
    );
    const timer = setTimeout(() => {
      channel.close();
      ended.reject(new Error(`${argv.join(" ")} did not end within ${limit} ms\n${bytes().toString()}\n${errors()}`));
    }, limit);
    channel.end(options.stdin ?? "");
    try {
      const how = await ended.promise;
      const stdout = bytes();
      return { ...how, bytes: stdout, stdout: stdout.toString(), stderr: errors(), ms: performance.now() - began };
    } finally {
      clearTimeout(timer);
    }
  }

  channel(command: string): Promise<ClientChannel> {
    const { promise, resolve, reject } = Promise.withResolvers<ClientChannel>();
    this.client.exec(command, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
    return promise;
  }

  close(): void {
    this.client.destroy();
  }
}

/** A line for the user's shell that is this very argv. Pure. */
export function commandLine(argv: readonly string[], { env = {}, cwd }: CommandOptions = {}): string {
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const place = cwd === undefined ? [] : [`--chdir=${cwd}`];
  const prefix = settings.length + place.length === 0 ? [] : ["env", ...place, "--", ...settings];
  return `exec ${[...prefix, ...argv].map(quote).join(" ")}`;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
