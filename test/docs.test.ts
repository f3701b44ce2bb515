import { expect, test } from "bun:test";
import { join } from "node:path";
import { declarations } from "../docs/declarations.ts";
import { pages } from "../docs/pages.ts";
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
