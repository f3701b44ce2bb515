import { apiVersion } from "../core/api/capability.ts";

/** The files of a new plugin, by their paths in its folder: one that works, and a test of it. Pure. */
export function skeleton(name: string): Readonly<Record<string, string>> {
  const manifest = {
    name: `banger-plugin-${name}`,
    version: "0.1.0",
    private: true,
    type: "module",
    main: "index.ts",
    banger: {
      name,
      api: `^${apiVersion}`,
      summary: "Puts a word into a file of the guest",
      default: "off",
      flags: {
        [`${name}-word`]: {
          type: "string",
          help: "The word in /etc/NAME".replace("NAME", name),
          key: "word",
          valueName: "WORD",
        },
      },
      privileged: [],
    },
  };
  return {
    "package.json": `${JSON.stringify(manifest, null, 2)}\n`,
    "index.ts": code(name),
    "index.test.ts": test(name),
  };
}

const code = (name: string): string => `import { defineCapability, z } from "banger/plugin";

export default defineCapability({
  // [capabilities.${name}] of config.toml; the flags of package.json set keys of it for one VM.
  config: z.strictObject({
    enabled: z.boolean().optional().describe("whether every VM has it"),
    word: z.string().min(1).default("hello").describe("what stands in /etc/${name}"),
  }),
  // In the order of a start: preflight, prepareHost, guestConfig, start, ready.
  stages: {
    async guestConfig({ config, vm }) {
      return { files: [{ path: "/etc/${name}", mode: 0o644, content: \`\${config.word} from \${vm.name}\\n\` }] };
    },
  },
  // What undoes the effects of the stages, by name.
  undo: {},
});
`;

const test = (name: string): string => `import { expect, test } from "bun:test";
import capability from "./index.ts";

test("the word stands in a file of the guest", async () => {
  const ctx = { config: { word: "hi" }, vm: { name: "otter" } };
  const given = await capability.stages.guestConfig!(ctx as never);
  expect(given).toEqual({ files: [{ path: "/etc/${name}", mode: 0o644, content: "hi from otter\\n" }] });
});
`;
