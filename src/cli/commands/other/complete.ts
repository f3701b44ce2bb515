import { candidates } from "../../complete/candidates.ts";
import { nameSource } from "../../complete/names.ts";
import { defineCommand } from "../../command.ts";

export default defineCommand({
  meta: {
    guestCommand: "after-dashes",
    notes: ["For the scripts of banger completion. Never starts the daemon."],
    examples: ["banger __complete -- vm st"],
  },
  args: { describe: { type: "boolean", description: "A tab and a description behind each candidate" } },
  async run({ args, rest, paths }) {
    const found = await candidates(rest ?? [], nameSource(paths), paths);
    const lines = found.values.map(({ value, help }) => (args.describe && help !== "" ? `${value}\t${help}` : value));
    return { json: found, text: () => [...lines, ...(found.files ? [":files"] : [])].join("\n") };
  },
});
