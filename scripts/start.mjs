// npm start [-- ARGS]: sets up, builds what has changed, then is `banger ARGS`.
import { become, edge } from "./lib/child.mjs";
import { binary } from "./lib/paths.mjs";
import { build, setUp } from "./lib/set-up.mjs";

const given = process.argv.slice(2);
const args = given.length > 0 ? given : ["vm", "run", "--rm", "--", "uname", "-a"];

await edge("start", () => {
  setUp();
  build();
  return become([binary, ...args]);
});
