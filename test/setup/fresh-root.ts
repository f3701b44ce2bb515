/**
 * npm run test:setup [-- [--until-build] [root|user …]]: `npm start` in a new Debian 12 with nodejs, npm, git and sudo
 * only, as root and as an ordinary user with sudo. Takes minutes, downloads packages, and needs root for the mounts.
 * The last line is `N passed, N failed`.
 */
import { join } from "node:path";
import { baseRoot } from "./base-root.ts";
import { machine, type Scenario } from "./scenario.ts";

const repository = join(import.meta.dir, "../..");
const folder = join(repository, ".cache/setup");
const scenarios: readonly Scenario[] = [{ name: "root" }, { name: "user", user: "ada" }];
const args = process.argv.slice(2);
const untilBuild = args.includes("--until-build");
const names = args.filter((arg) => !arg.startsWith("--"));

/** What is wrong; empty when all is well. */
async function attempt(scenario: Scenario, base: string): Promise<string[]> {
  const { run, dispose } = machine(folder, base, repository, scenario);
  try {
    if (untilBuild) {
      const built = await run(["npm", "run", "build"]);
      return built.status === 0 ? [] : [`npm run build exited ${built.status}`];
    }
    const problems: string[] = [];
    const first = await run(["npm", "start"]);
    if (first.status !== 0) return [`npm start exited ${first.status}`];
    if (!/^Linux /m.test(first.output)) problems.push("npm start did not print what uname prints");
    const began = performance.now();
    const second = await run(["npm", "start", "--silent", "--", "version"]);
    const seconds = (performance.now() - began) / 1000;
    if (second.status !== 0) problems.push(`npm start -- version exited ${second.status}`);
    if (seconds > 3) problems.push(`a second npm start took ${seconds.toFixed(1)} s to get to the run`);
    const third = await run(["npm", "start", "--silent", "--", "vm", "run", "--rm", "--", "sh", "-c", "exit 42"]);
    if (third.status !== 42) problems.push(`a guest's status 42 came back as ${third.status}`);
    return problems;
  } finally {
    dispose();
  }
}

if (process.getuid?.() !== 0) {
  console.error("test:setup needs root: it makes a root file system and mounts it");
  process.exit(1);
}
const base = await baseRoot(folder);
let failed = 0;
const chosen = scenarios.filter(({ name }) => names.length === 0 || names.includes(name));
for (const scenario of chosen) {
  const began = performance.now();
  const problems = await attempt(scenario, base);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`as ${scenario.name}: ${problems.length === 0 ? "ok" : problems.join("; ")}  ${seconds}s`);
  if (problems.length > 0) failed += 1;
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
