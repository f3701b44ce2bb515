import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { missingPackages, planInstall } from "./apt.mjs";
import { bunPath, bunVersion, installBun } from "./bun.mjs";
import { ask, must, StepError } from "./child.mjs";
import { distributions, unsupported } from "./machine.mjs";
import { binary, cache, dist, root } from "./paths.mjs";
import { hashTree, isFresh, writeStamp } from "./stamp.mjs";
import { systemPackages } from "./system-packages.mjs";

const say = (/** @type {string} */ line) => console.error(`setup: ${line}`);

/**
 * Brings the machine and the checkout to where `banger` can be built: system packages, the pinned bun, npm packages.
 * What is up to date is skipped; when all is, this takes some tens of milliseconds.
 * @param {{ develop?: boolean }} [needs]
 * @throws {StepError}
 */
export function setUp({ develop = false } = {}) {
  const osRelease = readIfThere("/etc/os-release");
  const problem = unsupported({ platform: process.platform, arch: process.arch, osRelease });
  if (problem) throw new StepError(problem);
  const lists = systemPackages(distributions(osRelease)[0] ?? "");
  installPackages(develop ? [...lists.run, ...lists.develop] : lists.run, develop ? "develop" : "run");
  installBun(say);
  installModules();
}

/**
 * Builds dist/banger when anything that goes into it has changed since the last build.
 * @param {{ always?: boolean }} [how]
 */
export function build({ always = false } = {}) {
  const inputs = ["build.ts", "package.json", "bun.lock", "tsconfig.json", "scripts/tools", "src", "guest", "imagecat"];
  const hash = hashTree(root, inputs, (name) => name.endsWith(".test.ts"));
  const stamp = join(dist, ".stamp");
  if (!always && isFresh(stamp, hash) && existsSync(binary)) return;
  say("building dist/banger");
  must([bunPath(), "run", "build.ts"], { cwd: root, env: bunEnvironment() });
  writeStamp(stamp, hash);
}

/** Away with everything that set-up, build and tests keep: the next run starts as in a new clone. */
export function forget() {
  for (const path of ["dist", "node_modules", ".cache/stamps", ".cache/test", `.cache/tools/bun-${bunVersion()}`]) {
    rmSync(join(root, path), { recursive: true, force: true });
  }
}

/** @returns {NodeJS.ProcessEnv} ours, with the pinned bun first on PATH for tools that call `bun` themselves */
export function bunEnvironment() {
  const ca = process.env["NODE_EXTRA_CA_CERTS"] ?? process.env["npm_config_cafile"];
  return {
    ...process.env,
    PATH: [join(bunPath(), ".."), process.env["PATH"]].join(delimiter),
    ...(ca ? { NODE_EXTRA_CA_CERTS: ca } : {}),
  };
}

/**
 * @param {readonly string[]} wanted
 * @param {string} stampName
 */
function installPackages(wanted, stampName) {
  const stamp = join(cache, "stamps", `packages-${stampName}`);
  const state = () => `${wanted.join(" ")} ${statSync("/var/lib/dpkg/status").mtimeMs}`;
  if (isFresh(stamp, state())) return;
  const missing = missingNow(wanted);
  if (missing.length > 0) {
    const plan = planInstall(missing, privilege());
    if (plan.kind === "paste") throw new StepError(`these packages are missing; install them with\n  ${plan.line}`);
    say(`installing system packages with apt: ${missing.join(" ")}`);
    for (const command of plan.commands) {
      say(command.join(" "));
      // sudo may ask for a password, so the terminal stays connected; without one there is nothing to read.
      must(command, { stdio: [process.stdin.isTTY ? "inherit" : "ignore", 2, 2] });
    }
    const still = missingNow(wanted);
    if (still.length > 0) throw new StepError(`apt reported success, but these are missing: ${still.join(" ")}`);
  }
  writeStamp(stamp, state());
}

/**
 * @param {readonly string[]} wanted
 * @returns {string[]}
 */
function missingNow(wanted) {
  const table = ask(["dpkg-query", "-W", "-f", "${binary:Package} ${db:Status-Abbrev}\\n"]);
  if (!table.ok) throw new StepError("dpkg-query does not answer: is this really a Debian or Ubuntu?");
  return missingPackages(wanted, table.stdout);
}

/** @returns {import("./apt.mjs").Privilege} */
function privilege() {
  const uid = process.getuid?.() ?? -1;
  const terminal = Boolean(process.stdin.isTTY);
  if (uid === 0) return { uid, terminal, sudo: "absent" };
  const sudo = ask(["sudo", "-n", "true"]).ok ? "free" : ask(["sudo", "-V"]).ok ? "asks" : "absent";
  return { uid, terminal, sudo };
}

function installModules() {
  const hash = `${bunVersion()} ${hashTree(root, ["package.json", "bun.lock"])}`;
  const stamp = join(root, "node_modules", ".banger-stamp");
  if (isFresh(stamp, hash)) return;
  say("installing npm packages");
  must([bunPath(), "install", "--frozen-lockfile", "--no-progress"], { cwd: root, env: bunEnvironment() });
  writeStamp(stamp, hash);
}

/**
 * @param {string} path
 * @returns {string | undefined}
 */
function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
