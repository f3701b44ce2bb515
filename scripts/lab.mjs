// npm run lab [-- COMMAND…]: sets up, builds what has changed unless BANGER_BIN names a build, then is test/lab/main.ts.
import { join } from "node:path";
import { bunPath } from "./lib/bun.mjs";
import { become, edge } from "./lib/child.mjs";
import { binary, cache, root } from "./lib/paths.mjs";
import { build, bunEnvironment, setUp } from "./lib/set-up.mjs";

const given = process.argv.slice(2);

await edge("lab", () => {
  const ours = process.env["BANGER_BIN"];
  setUp({ develop: true });
  if (!ours) build();
  const env = { BANGER_TEST_CACHE: join(cache, "test"), ...bunEnvironment(), BANGER_BIN: ours || binary };
  return become([bunPath(), "run", join(root, "test/lab/main.ts"), ...given], { env });
});
