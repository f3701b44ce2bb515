import { expect, test } from "bun:test";
import { join } from "node:path";
import { declarations } from "../docs/declarations.ts";
import { interfaceDigest } from "../docs/plugin-api-page.ts";
import { pages, sourceText } from "../docs/pages.ts";
import { apiVersion } from "../src/core/api/capability.ts";
import { root } from "./helpers/source-files.ts";

test("the generated pages are those that the source gives (npm run docs)", async () => {
  const generated = await pages();
  expect(generated.size).toBeGreaterThan(0);
  for (const [name, text] of generated) expect(await Bun.file(join(root, "docs", name)).text()).toBe(text);
});

test("the interface's page shows what a file exports: comments and heads, no bodies", () => {
  const source = [
    'import { x } from "y";\n',
    "/** A. */\nexport interface A {\n  /** b. */\n  b(): void;\n}\n",
    "const own = 1;\n",
    "/** C. */\nexport class C {\n  d(e: string): number {\n    return own;\n  }\n}\nexport type F = A;\n",
    "export async function g(): Promise<void> {\n  await x;\n}\n",
  ].join("\n");
  expect(declarations(source)).toEqual([
    "/** A. */\ninterface A {\n  /** b. */\n  b(): void;\n}",
    "/** C. */\nclass C {\n  d(e: string): number;\n}",
    "type F = A;",
    "function g(): Promise<void>;",
  ]);
});

/**
 * The plugin interface, by its version. Plugins are kept by others, so what has a version stays: a change raises `apiVersion` and the version
 * in packages/plugin/package.json (a patch for what is only added, else a minor one), and gets a line here.
 */
const frozen: Readonly<Record<string, string>> = {
  "0.1.0": "df931af813307c2af45e0aaee904db74e0ca45d52416b77f2babc0156222c8ca",
};

test("the plugin interface is the one of its version", async () => {
  expect(frozen[apiVersion]).toBe(await interfaceDigest(sourceText));
});
