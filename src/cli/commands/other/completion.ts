import { scripts, shells } from "../../complete/scripts.ts";
import { defineCommand } from "../../command.ts";
import { usage } from "../../parse/usage.ts";

export default defineCommand({
  meta: {
    notes: ["It completes commands, flags, and the names of VMs, images and kernels."],
    examples: ["source <(banger completion bash)", "banger completion fish | source"],
  },
  args: { shell: { type: "positional", description: shells.join(", "), required: true, completes: shells } },
  async run({ command, args }) {
    const shell = shells.find((one) => one === args.shell);
    if (shell === undefined)
      throw usage(command, `there is no completion for ${JSON.stringify(args.shell)}`, shells.join(", "));
    return { json: { shell, script: scripts[shell] }, text: () => scripts[shell] };
  },
});
