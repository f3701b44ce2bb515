import { BangerError } from "../../../core/api/errors.ts";
import { defineCommand } from "../../command.ts";
import { followFile } from "../../stream/follow-file.ts";
import { pump } from "../../stream/pump.ts";

export default defineCommand({
  meta: { examples: ["banger daemon logs", "banger daemon logs -f"] },
  args: { follow: { type: "boolean", alias: "f", description: "Go on with what comes" } },
  async run({ paths, io, args }) {
    if (!(await Bun.file(paths.daemonLog).exists())) {
      throw new BangerError("FILE_NOT_FOUND", `there is no ${paths.daemonLog}: no daemon has run here`);
    }
    return pump(followFile(paths.daemonLog, args.follow), io);
  },
});
