import { BangerError } from "../../../core/api/errors.ts";
import { UnixStream } from "../../../host/unix-stream.ts";
import { DaemonClient } from "../../../rpc/client.ts";
import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: { notes: ["The VMs run on. One that does not run is fine."], examples: ["banger daemon stop"] },
  args: jsonFlag,
  async run({ paths }) {
    const stopped = await stop(paths.socket);
    return {
      json: { stopped },
      text: () => (stopped ? "The daemon has stopped, the VMs run on." : "No daemon is running."),
    };
  },
});

/** Ends a daemon of any version; returns when its connections are closed. False when there was none. */
async function stop(socket: string): Promise<boolean> {
  const client = new DaemonClient(socket);
  try {
    await client.request("GET", "/v1/status");
    const watch = await UnixStream.connect(socket);
    await client.request("POST", "/v1/stop");
    for await (const _ of watch.read());
    watch.close();
    return true;
  } catch (error) {
    if (error instanceof BangerError && error.code === "DAEMON_UNREACHABLE") return false;
    throw error;
  }
}
