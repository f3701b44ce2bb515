import { BangerError } from "../../../core/api/errors.ts";
import type { Paths } from "../../../core/model/paths.ts";
import { daemonUnit } from "../../../core/model/service-places.ts";
import { waitLock } from "../../../host/lock-file.ts";
import { UnixStream } from "../../../host/unix-stream.ts";
import { DaemonClient } from "../../../rpc/client.ts";
import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: { notes: ["The VMs run on. One that does not run is fine."], examples: ["banger daemon stop"] },
  args: jsonFlag,
  async run({ paths }) {
    if (paths.service !== null) {
      throw new BangerError("PRIVILEGE_NEEDED", "the installed daemon is started and stopped by systemd", {
        hint: `sudo systemctl stop ${daemonUnit}  (the VMs run on)`,
      });
    }
    const stopped = await stop(paths);
    return {
      json: { stopped },
      text: () => (stopped ? "The daemon has stopped, the VMs run on." : "No daemon is running."),
    };
  },
});

/** Ends a daemon of any version; returns when it has let go of everything. False when there was none. */
async function stop({ socket, daemonLock }: Paths): Promise<boolean> {
  const client = new DaemonClient(socket);
  try {
    await client.request("GET", "/v1/status");
    const watch = await UnixStream.connect(socket);
    await client.request("POST", "/v1/stop");
    for await (const _ of watch.read());
    watch.close();
    // It holds its lock until the state store is closed. A new daemon may have it by now, which is as good.
    const lock = await waitLock(daemonLock, AbortSignal.timeout(2000)).catch(() => null);
    lock?.release();
    return true;
  } catch (error) {
    if (error instanceof BangerError && error.code === "DAEMON_UNREACHABLE") return false;
    throw error;
  }
}
