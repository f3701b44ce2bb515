import { asBangerError, BangerError } from "../../core/api/errors.ts";
import { daemonUnit } from "../../core/model/service-places.ts";
import { createHost } from "../../host/index.ts";
import { quote } from "../../host/quote.ts";
import type { DaemonClient } from "../../rpc/client.ts";
import type { DaemonOptions } from "./daemon.ts";

/** How long a service that is on its way is waited for, in milliseconds. */
const patienceMs = 15_000;

/**
 * Waits for the daemon of an installed service, which its manager starts and nobody else. Throws the error with the way out where
 * it does not run or has another version.
 */
export async function awaitInstalled(
  client: DaemonClient,
  error: BangerError,
  { env, self }: DaemonOptions,
): Promise<void> {
  if (error.code === "DAEMON_VERSION") {
    const command = ["sudo", ...self, "system", "install"].map(quote).join(" ");
    throw error.with({ hint: `${command} brings the service to this version` });
  }
  const { Systemd } = await import("../../system/systemd.ts");
  const systemd = new Systemd(createHost({ env }));
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      await client.request("GET", "/v1/status");
      return;
    } catch (thrown) {
      const { code, message } = asBangerError(thrown);
      if (code !== "DAEMON_UNREACHABLE" && code !== "DAEMON_GONE") throw thrown;
      const { active } = await systemd.state(daemonUnit);
      if ((active !== "active" && active !== "activating") || performance.now() > deadline) {
        throw new BangerError("DAEMON_UNREACHABLE", `${daemonUnit} is ${active}: ${message}`, {
          detail: await systemd.lines(daemonUnit, 5),
          hint: `sudo systemctl start ${daemonUnit}  (journalctl -u ${daemonUnit} shows more)`,
          cause: thrown,
        });
      }
    }
    await Bun.sleep(100);
  }
}
