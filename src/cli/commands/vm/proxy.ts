import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { parsePort } from "../../parse/values.ts";
import { pump } from "../../stream/pump.ts";
import { runningVmReference } from "../flags.ts";

export default defineCommand({
  meta: {
    notes: ["It needs no network to the guest. Made for OpenSSH's ProxyCommand."],
    examples: ["ssh -o ProxyCommand='banger vm proxy web' root@web.vm", "banger vm proxy web 5432"],
  },
  args: {
    ...runningVmReference,
    port: { type: "positional", description: "TCP port in the guest (default 22)" },
  },
  async run({ daemon, io, args }) {
    const port = parsePort(args.port ?? "22");
    const stream = await daemon.upgrade(vmPath(args.name, `/dial?host=127.0.0.1&port=${port}`), "banger-dial");
    const input = async (): Promise<void> => {
      for await (const chunk of io.input()) await stream.write(chunk);
      await stream.end();
    };
    // The guest's end of the connection decides: it may still answer after our input has ended.
    input().catch(() => stream.close());
    try {
      return await pump(stream.read(), io);
    } finally {
      stream.close();
    }
  },
});
