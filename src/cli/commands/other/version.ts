import { version } from "../../../assets.ts";
import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../flags.ts";

export default defineCommand({
  meta: { examples: ["banger version"] },
  args: jsonFlag,
  async run() {
    return { json: { version }, text: () => `banger ${version}` };
  },
});
