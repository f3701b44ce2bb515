/** bun test --preload scripts/coverage/preload.ts: what the tests themselves load of src/ is instrumented. */
import { afterAll } from "bun:test";
import { instrumenting } from "./instrument.ts";
import { countsWriter } from "./write-counts.ts";

const folder = process.env["BANGER_COVERAGE_DIR"];
if (folder) {
  await Bun.plugin(instrumenting());
  // Of a preloaded file it runs once, after the last test; there is no `exit` event in bun test.
  afterAll(countsWriter(folder));
}
