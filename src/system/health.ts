import { asBangerError, BangerError } from "../core/api/errors.ts";
import type { Service } from "../core/model/service.ts";
import { servicePaths } from "../core/model/service.ts";
import { helperStatus } from "../host/privileged/client.ts";
import { DaemonClient } from "../rpc/client.ts";
import type { DaemonStatus } from "../rpc/protocol.ts";

/** What a part of the service says of itself. */
export type Answer = { readonly version: string; readonly pid: number } | { readonly error: BangerError };

export async function askHelper({ helperSocket }: Pick<Service, "helperSocket">): Promise<Answer> {
  try {
    const { version, pid } = await helperStatus(helperSocket);
    return { version, pid };
  } catch (thrown) {
    return { error: asBangerError(thrown) };
  }
}

export async function askDaemon(service: Service): Promise<Answer & { readonly status?: DaemonStatus }> {
  try {
    const client = DaemonClient.at(servicePaths(service));
    const status = await client.request<DaemonStatus>("GET", "/v1/status", undefined, AbortSignal.timeout(5000));
    return { version: status.version, pid: status.pid, status };
  } catch (thrown) {
    return { error: asBangerError(thrown) };
  }
}

/** Asks until the answer is no error; throws the last error when the time (milliseconds) is up. */
export async function waitAnswer(ask: () => Promise<Answer>, waitMs: number): Promise<Answer> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const answer = await ask();
    if (!("error" in answer)) return answer;
    if (performance.now() > deadline) throw answer.error;
    await Bun.sleep(200);
  }
}
