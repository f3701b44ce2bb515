// npm run build: sets up, then makes dist/agent and dist/banger whether or not anything has changed.
import { edge } from "./lib/child.mjs";
import { build, setUp } from "./lib/set-up.mjs";

await edge("build", () => {
  setUp();
  build({ always: true });
  return 0;
});
