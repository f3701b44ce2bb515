import { BangerError } from "../../../core/api/errors.ts";
import { defineCommand } from "../../command.ts";
import { usage } from "../../parse/usage.ts";

export default defineCommand({
  meta: {
    notes: [
      "One side is NAME:/path, the other a file here or - for stdin or stdout. The mode is kept. A copy that fails leaves an existing file as it was.",
    ],
    examples: [
      "banger vm cp ./app.conf web:/etc/app.conf",
      "banger vm cp web:/var/log/syslog .",
      "banger vm cp web:/etc/hostname -",
    ],
  },
  args: {
    from: { type: "positional", description: "File, NAME:/path, or -", required: true, completes: "vm-or-file" },
    to: {
      type: "positional",
      description: "File, directory, NAME:/path, or -",
      required: true,
      completes: "vm-or-file",
    },
  },
  async run(ctx) {
    const from = parseEnd(ctx.args.from);
    const to = parseEnd(ctx.args.to);
    if (from.vm === null && to.vm !== null) {
      const { copyIn } = await import("../../stream/copy-in.ts");
      await copyIn(ctx, from.path, to.vm, to.path);
      return 0;
    }
    if (from.vm !== null && to.vm === null) {
      const { copyOut } = await import("../../stream/copy-out.ts");
      await copyOut(ctx, from.vm, from.path, to.path);
      return 0;
    }
    throw usage(
      ctx.command,
      from.vm === null ? "neither side is in a VM" : "both sides are in VMs",
      "one side is NAME:/path, the other a file here",
    );
  },
});

/** One end of a copy. What has a slash before its colon, or none, is a file here. */
export function parseEnd(text: string): { readonly vm: string | null; readonly path: string } {
  const colon = text.indexOf(":");
  if (colon <= 0 || text.slice(0, colon).includes("/")) return { vm: null, path: text };
  const [vm, path] = [text.slice(0, colon), text.slice(colon + 1)];
  if (path.startsWith("/") && !path.includes("\0")) return { vm, path };
  throw new BangerError("USAGE", `${JSON.stringify(path)} is not an absolute path in ${vm}`, {
    hint: `write it like ${vm}:/root/file; a file here with a colon in its name like ./${text}`,
  });
}
