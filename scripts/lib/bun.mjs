import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { must } from "./child.mjs";
import { cache, root } from "./paths.mjs";

const pin = join(root, "scripts", "tools");
const packageName = "@oven/bun-linux-x64";

/** @returns {string} the version in scripts/tools/package.json */
export function bunVersion() {
  return JSON.parse(readFileSync(join(pin, "package.json"), "utf8")).dependencies[packageName];
}

/** @returns {string} the pinned bun; it exists once installBun has run */
export function bunPath() {
  return join(cache, "tools", `bun-${bunVersion()}`, "node_modules", packageName, "bin", "bun");
}

/** @returns {string[]} */
export function npm() {
  // Under `npm start` this is the very npm that the user called.
  const script = process.env["npm_execpath"];
  return script?.endsWith("npm-cli.js") ? [process.execPath, script] : ["npm"];
}

/**
 * @param {string} made
 * @param {string} final
 */
function place(made, final) {
  try {
    renameSync(made, final);
  } catch {
    if (existsSync(bunPath())) return; // another set-up was faster
    rmSync(final, { recursive: true, force: true });
    renameSync(made, final);
  }
}

/**
 * Puts the pinned bun into .cache/tools, checked against the hash in scripts/tools/package-lock.json.
 *
 * The package with the executable itself is what gets installed: the `bun` package around it would need its install
 * script, which newer versions of npm block. The folder appears whole by a rename, so two set-ups may run at once.
 * @param {(line: string) => void} say
 */
export function installBun(say) {
  if (existsSync(bunPath())) return;
  say(`installing bun ${bunVersion()}`);
  const final = join(cache, "tools", `bun-${bunVersion()}`);
  const temporary = `${final}.${process.pid}`;
  mkdirSync(temporary, { recursive: true });
  try {
    for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(pin, name), join(temporary, name));
    must([...npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: temporary });
    place(temporary, final);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
