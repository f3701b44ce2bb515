import type { ImageInfo } from "../../../rpc/protocol.ts";
import { imagePath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { facts } from "../../render/table.ts";
import { jsonFlag } from "../flags.ts";
import { libraryFacts } from "../library.ts";

export default defineCommand({
  meta: { examples: ["banger image list --available"] },
  args: {
    name: { type: "positional", description: "The image's name", required: true, completes: "image" },
    ...jsonFlag,
  },
  async run({ daemon, args }) {
    const info = await daemon.request<ImageInfo>("GET", imagePath(args.name));
    return {
      json: info,
      text: ({ now }) => facts([...libraryFacts(info, now), ["distro", info.distro], ["kernel", info.kernel]]),
    };
  },
});
