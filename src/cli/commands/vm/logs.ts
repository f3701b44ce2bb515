import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { pump } from "../../stream/pump.ts";
import { vmReference } from "../flags.ts";

export default defineCommand({
  meta: { examples: ["banger vm logs web", "banger vm logs -f --console web"] },
  args: {
    ...vmReference,
    follow: { type: "boolean", alias: "f", description: "Go on with what comes" },
    console: { type: "boolean", description: "The guest's console instead of the VMM's own log" },
  },
  async run({ daemon, io, args }) {
    const query = new URLSearchParams({ source: args.console ? "console" : "vmm", follow: args.follow ? "1" : "0" });
    const { data } = await daemon.download(vmPath(args.name, `/logs?${query.toString()}`));
    return pump(data, io);
  },
});
