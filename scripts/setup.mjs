// npm run setup [-- --develop]: system packages, bun, npm packages. start, test and build call the same function.
import { edge } from "./lib/child.mjs";
import { setUp } from "./lib/set-up.mjs";

await edge("setup", () => {
  setUp({ develop: process.argv.includes("--develop") });
  return 0;
});
