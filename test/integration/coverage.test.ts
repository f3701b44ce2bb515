import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CountsByPath } from "../../scripts/coverage/counts.ts";
import { instrument, instrumenting } from "../../scripts/coverage/instrument.ts";

const repository = join(import.meta.dir, "../..");

const program = `import { part } from "./part.ts";
const [how] = process.argv.slice(2);
const wait = (): void => void setInterval(() => {}, 1000);
if (how === "listen") process.on("SIGTERM", () => process.exit(part(7)));
if (how === "kill") process.kill(process.pid, "SIGKILL");
else if (how === "exit") process.exit(part(3));
else wait();
console.log("ready");
`;
const part = `export function part(status: number): number {
  return status > 5 ? status : status + 1;
}
`;

let root: string;

beforeAll(async () => {
  root = mkdtempSync("/tmp/bcov-");
  mkdirSync(join(root, "src"));
  writeFileSync(join(root, "src/main.ts"), program);
  writeFileSync(join(root, "src/part.ts"), part);
  const plugins = [instrumenting({ root, entry: "src/main.ts" })];
  await Bun.build({ entrypoints: [join(root, "src/main.ts")], outdir: root, target: "bun", minify: true, plugins });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs the program to its end, with a signal once it is ready; its counts as they lie in the folder. */
async function run(how: string, signal?: NodeJS.Signals, folder = mkdtempSync(join(root, "counts-"))) {
  const child = Bun.spawn([process.execPath, join(root, "main.js"), how], {
    env: { ...process.env, BANGER_COVERAGE_DIR: folder },
    stdout: "pipe",
    stderr: "pipe",
  });
  if (signal !== undefined) {
    await child.stdout.getReader().read();
    child.kill(signal);
  }
  await child.exited;
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const counts = names.map((name) => [name, JSON.parse(readFileSync(join(folder, name), "utf8"))] as const);
  return { ended: child.signalCode ?? child.exitCode, stderr: await new Response(child.stderr).text(), counts };
}

test("a program writes what it ran when it exits, under the names and with the maps of its sources", async () => {
  const { ended, stderr, counts } = await run("exit");
  expect({ ended, stderr }).toEqual({ ended: 4, stderr: "" });
  expect(counts.map(([name]) => name)).toEqual([expect.stringMatching(/^\d+-[0-9a-f-]{36}\.json$/)]);
  const { hash } = instrument(part, "src/part.ts");
  expect(counts[0]![1]).toEqual({
    "src/main.ts": expect.anything(),
    "src/part.ts": { hash, s: [1], f: [1], b: [[0, 1]] },
  });
});

test.each([
  ["the program's own answer to a signal holds", "listen", "SIGTERM", 7, [[[1, 0]]]],
  ["a signal without an answer ends it as ever", "wait", "SIGTERM", "SIGTERM", [[[0, 0]]]],
  ["another", "wait", "SIGINT", "SIGINT", [[[0, 0]]]],
  ["so does SIGKILL to itself", "kill", undefined, "SIGKILL", [[[0, 0]]]],
  ["somebody else's SIGKILL leaves nothing", "wait", "SIGKILL", "SIGKILL", []],
] as const)("%s", async (_, how, signal, expected, branches) => {
  const { ended, counts } = await run(how, signal);
  expect(ended).toBe(expected);
  expect(counts.map(([, counts]) => (counts as CountsByPath)["src/part.ts"]!.b)).toEqual(branches as never);
});

test("where nothing can be written the program does not notice", async () => {
  expect(await run("exit", undefined, join(root, "missing"))).toEqual({ ended: 4, stderr: "", counts: [] });
});

test("tests that load a source file count in the same map as the program", async () => {
  const folder = join(root, "of-tests");
  mkdirSync(folder);
  const child = Bun.spawn(
    [process.execPath, "test", "--preload", "./scripts/coverage/preload.ts", "./src/host/quote.test.ts"],
    { cwd: repository, env: { ...process.env, BANGER_COVERAGE_DIR: folder }, stdout: "ignore", stderr: "pipe" },
  );
  const stderr = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(stderr);
  const [name, ...more] = readdirSync(folder);
  expect(more).toEqual([]);
  const counts = JSON.parse(readFileSync(join(folder, name!), "utf8")) as CountsByPath;
  const path = "src/host/quote.ts";
  const { hash, data } = instrument(readFileSync(join(repository, path), "utf8"), path);
  expect(counts[path]).toMatchObject({ hash, s: { length: Object.keys(data.s).length } });
  expect(Object.keys(counts).filter((path) => !path.startsWith("src/") || path.endsWith(".test.ts"))).toEqual([]);
});
