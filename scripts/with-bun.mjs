// node scripts/with-bun.mjs ARGS: sets up, then is `bun ARGS` with the pinned bun.
import { bunPath } from "./lib/bun.mjs";
import { become, edge } from "./lib/child.mjs";
import { root } from "./lib/paths.mjs";
import { bunEnvironment, setUp } from "./lib/set-up.mjs";

await edge("with-bun", () => {
  setUp();
  return become([bunPath(), ...process.argv.slice(2)], { cwd: root, env: bunEnvironment() });
});
