import { asBangerError, type BangerError } from "../../core/api/errors.ts";
import type { Json } from "../../core/api/json.ts";
import type { Paths } from "../../core/model/paths.ts";
import { version } from "../../assets.ts";
import {
  DaemonClient,
  type Download,
  type EventsOptions,
  type Method,
  type OperationResult,
  type UpgradeProtocol,
} from "../../rpc/client.ts";
import type { ByteStream } from "../../host/unix-stream.ts";
import type { Io } from "../io.ts";

export interface DaemonOptions {
  readonly paths: Paths;
  readonly env: Io["env"];
  readonly self: Io["self"];
  /** Told when a daemon of another version is replaced. */
  readonly notice: (message: string) => void;
}

/**
 * The daemon as commands see it. Requests go out at once; where no daemon answers one is started, where one of another version does
 * it is replaced, and the request is sent again: in both cases it had not begun. An installed one is waited for instead.
 */
export class Daemon {
  /** Never starts a daemon; throws DAEMON_UNREACHABLE. */
  readonly client: DaemonClient;
  readonly #options: DaemonOptions;
  #mending: Promise<void> | null = null;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.client = DaemonClient.at(options.paths, { version });
  }

  request<T = Json>(method: Method, path: string, body?: object): Promise<T> {
    // A daemon that dies still takes connections for a moment; what only asks may ask again.
    return this.#sent(
      () => this.client.request<T>(method, path, body),
      () => method === "GET",
    );
  }

  events<T = Json>(
    method: Method,
    path: string,
    body: object | undefined,
    options: EventsOptions,
  ): Promise<OperationResult<T>> {
    // The daemon names the operation before it begins with the work.
    let begun = false;
    const onOperation = (id: string): void => {
      begun = true;
      options.onOperation?.(id);
    };
    const send = () => this.client.events<T>(method, path, body, { ...options, onOperation });
    return this.#sent(send, () => !begun);
  }

  upgrade(path: string, protocol: UpgradeProtocol): Promise<ByteStream> {
    // Nothing has begun before the stream carries something.
    return this.#sent(
      () => this.client.upgrade(path, protocol),
      () => true,
    );
  }

  download(path: string, signal?: AbortSignal): Promise<Download> {
    return this.#sent(() => this.client.download(path, signal));
  }

  /** The data can be sent only once, so the daemon must have answered this command before. */
  upload(path: string, data: AsyncIterable<Uint8Array>): Promise<Json> {
    return this.client.upload(path, data);
  }

  /** Starts the daemon where none of our version answers. */
  async ensure(): Promise<void> {
    await this.request("GET", "/v1/defaults");
  }

  /** @param again whether it may be sent once more after a daemon that went away without an answer */
  async #sent<T>(send: () => Promise<T>, again: () => boolean = () => false): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await send();
      } catch (thrown) {
        const error = asBangerError(thrown);
        if (attempt > 3 || !(isMendable(error) || (error.code === "DAEMON_GONE" && again()))) throw thrown;
        // Requests that run side by side share one start.
        this.#mending ??= this.#mend(error).finally(() => (this.#mending = null));
        await this.#mending;
      }
    }
  }

  async #mend(error: BangerError): Promise<void> {
    if (this.#options.paths.service !== null) {
      const { awaitInstalled } = await import("./installed-daemon.ts");
      return awaitInstalled(this.client, error, this.#options);
    }
    const { replaceDaemon, startDaemon } = await import("./start-daemon.ts");
    if (error.code === "DAEMON_VERSION") await replaceDaemon(this.client, this.#options);
    await startDaemon(this.client, this.#options);
  }
}

function isMendable({ code, cause }: BangerError): boolean {
  if (code === "DAEMON_VERSION") return true;
  const system = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === "DAEMON_UNREACHABLE" && ["ENOENT", "ECONNREFUSED", "ECONNRESET"].includes(system ?? "");
}
