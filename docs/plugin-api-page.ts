import { z } from "zod";
import { apiVersion } from "../src/core/api/capability.ts";
import { manifestSchema } from "../src/plugins/manifest.ts";
import { limits } from "../src/plugins/process.ts";
import { runtime } from "../src/plugins/child/runtime.ts";
import { declarations, nameOf } from "./declarations.ts";
import { page, table } from "./markdown.ts";

/** What each part of the contract is, and the file that declares it. In the order in which a reader needs them. */
const parts: readonly (readonly [title: string, about: string, file: string])[] = [
  [
    "A capability",
    "What `defineCapability` takes; `name` and `api` may be left to the manifest.",
    "core/api/capability",
  ],
  ["Taking part", "What its stages, undos and other members are handed.", "core/api/participant"],
  ["Contributions", "What stages give back.", "core/api/contributions"],
  ["The host", "`ctx.host`: done by the daemon, as its user.", "core/api/host"],
  ["The guest", "`ctx.guest`: the agent in the guest, from stage `ready` on.", "core/api/guest"],
  ["Events", "What `ctx.emit` takes; `notice` is what most need.", "core/api/events"],
  ["Privileged operations", "`ctx.privileged`; [privileges](privileges.md) has each of them.", "core/api/privileged"],
  ["Errors", "[errors](errors.md) has every code.", "core/api/errors"],
  [
    "Configuration",
    "`z` makes such a schema, and so does any library that keeps to these two standards.",
    "core/api/schema",
  ],
  ["JSON", "What crosses to the plugin's process and back.", "core/api/json"],
  ["Helpers", "`defineCapability` makes nothing: it is there for the types.", "plugins/child/runtime"],
  ["Networks", "`directNic(ctx.nics)`.", "core/model/direct-nic"],
];

type Read = (path: string) => Promise<string>;

/** A digest of what the interface's types say, comments and layout aside. */
export async function interfaceDigest(read: Read): Promise<string> {
  const texts = await Promise.all(parts.map(async ([, , file]) => declarations(await read(file)).filter(reachable)));
  const bare = texts
    .flat()
    .join("\n")
    .replaceAll(/\/\*\*[^]*?\*\//g, "");
  return new Bun.CryptoHasher("sha256").update(bare.replaceAll(/[\s,;|]+/g, " ")).digest("hex");
}

/** docs/plugin-api.md. `read` gives the text of a file of src/, by its path without `.ts`. */
export async function pluginApiPage(read: Read): Promise<string> {
  const sections = parts.map(async ([title, about, file]) => {
    const code = declarations(await read(file)).filter(reachable);
    return [`## ${title}`, about, ...code.map((text) => `\`\`\`ts\n${text}\n\`\`\``)].join("\n\n");
  });
  return page(
    "The plugin interface",
    `Version ${apiVersion}. What \`import … from "banger/plugin"\` gives, and what a manifest may say. [plugins](plugins.md) is where to
begin.`,
    `At run time it is ${Object.keys(runtime)
      .map((name) => `\`${name}\``)
      .join(", ")} (\`z\` is zod); all else are types. Where a text here speaks of the engine, the daemon's is meant.`,
    manifestSection(),
    ...(await Promise.all(sections)),
    limitsSection(),
  );
}

/** Every type, and of what is there at run time what a plugin gets. */
function reachable(declaration: string): boolean {
  return /^(?:interface|type) /m.test(declaration) || Object.hasOwn(runtime, nameOf(declaration));
}

interface Shape {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Shape | boolean;
}

function manifestSection(): string {
  const manifest = z.toJSONSchema(manifestSchema, { io: "input" }) as Shape;
  const { flags } = manifest.properties!;
  return [
    "## The manifest",
    "`NAME.json` beside `NAME.ts`, or `banger` in the package.json of a folder `NAME`. Other keys are refused.",
    keys(manifest),
    "A flag is:",
    keys(flags!.additionalProperties as Shape),
  ].join("\n\n");
}

function keys({ properties = {}, required = [] }: Shape): string {
  const rows = Object.entries(properties).map(([key, { description = "", default: value }]) => [
    `\`${key}\``,
    required.includes(key) ? "needed" : value === undefined ? "" : `\`${JSON.stringify(value)}\``,
    description,
  ]);
  return table(["key", "default", "what it says"], rows);
}

function limitsSection(): string {
  const rows: readonly (readonly [string, number])[] = [
    ["the start of its process and the import of its code", limits.load],
    ["a stage, an undo, and every other part of a VM's life", limits.work],
    ["the check of a configuration, an address", limits.question],
    ["its event loop standing still while something is asked of it", limits.silence],
    ["its own end once the operation that it works for is cancelled", limits.grace],
  ];
  return [
    "## Limits",
    "A plugin that goes beyond one is ended, and started again when it is next needed.",
    table(
      ["what", "seconds"],
      rows.map(([what, ms]) => [what, String(ms / 1000)]),
    ),
  ].join("\n\n");
}
