import { expect, test } from "bun:test";
import { join } from "node:path";
import { pages } from "../docs/pages.ts";
import { root } from "./helpers/source-files.ts";

test("the generated pages are those that the source gives (npm run docs)", async () => {
  const generated = await pages();
  expect(generated.size).toBeGreaterThan(0);
  for (const [name, text] of generated) expect(await Bun.file(join(root, "docs", name)).text()).toBe(text);
});
