/** bun docs/generate.ts → the pages of docs/ that follow from the source. */
import { join } from "node:path";
import { pages } from "./pages.ts";

for (const [name, text] of await pages()) await Bun.write(join(import.meta.dir, name), text);
