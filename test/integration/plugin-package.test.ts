import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publint } from "publint";
import * as contract from "../../packages/plugin/plugin.ts";
import { buildPackage } from "../../packages/plugin/build.ts";
import own from "../../packages/plugin/package.json" with { type: "json" };
import manifest from "../../package.json" with { type: "json" };
import { runtime } from "../../src/plugins/child/runtime.ts";
import { skeleton } from "../../src/plugins/skeleton.ts";
import { failure } from "../helpers/failure.ts";
import { readmeFiles } from "../helpers/readme-blocks.ts";
import { root } from "../helpers/source-files.ts";

/** The package as npm packs it, and a plugin's folder in which it is installed from there. */
const folder = mkdtempSync("/tmp/bp-");
const packed = join(folder, "package");
const plugin = join(folder, "hello");

beforeAll(async () => {
  mkdirSync(packed);
  for (const name of ["package.json", "README.md"]) cpSync(join(root, "packages/plugin", name), join(packed, name));
  await buildPackage(join(packed, "dist"));
  await done(["npm", "pack", "--offline", "--silent", "--ignore-scripts"], packed);
  const archive = join(
    packed,
    readdirSync(packed).find((name) => name.endsWith(".tgz"))!,
  );

  const modules = join(plugin, "node_modules");
  mkdirSync(join(modules, "banger"), { recursive: true });
  await done(["tar", "-xzf", archive, "--strip-components=1", "-C", join(modules, "banger")], folder);
  symlinkSync(join(root, "node_modules/zod"), join(modules, "zod"));
  symlinkSync(join(root, "node_modules/@types"), join(modules, "@types"));
  symlinkSync(join(root, "node_modules/bun-types"), join(modules, "bun-types"));
  for (const [path, text] of Object.entries(skeleton("hello"))) writeFileSync(join(plugin, path), text);
  cpSync(join(root, "examples/plugins"), join(plugin, "examples"), { recursive: true });
  mkdirSync(join(plugin, "scratch"));
  for (const { path, text } of readmeFiles(readFileSync(join(root, "docs/plugins.md"), "utf8")))
    writeFileSync(join(plugin, path), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs to the end; throws what was printed when it fails. */
async function done(argv: readonly string[], cwd: string): Promise<string> {
  const child = Bun.spawn([...argv], { cwd, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")}\n${stdout}${stderr}`);
  return stdout + stderr;
}

test("it gives what a plugin's process gives, in the version of the interface", () => {
  expect<object>({ ...contract }).toEqual({ ...runtime });
  expect(own.version).toBe(contract.apiVersion);
  expect(own.dependencies.zod).toBe(manifest.dependencies.zod);
});

test("whoever installs it from npm finds what it promises", async () => {
  const { messages, pkg } = await publint({ pkgDir: join(plugin, "node_modules/banger"), pack: false, strict: true });
  expect(pkg["name"]).toBe(own.name);
  expect(messages).toEqual([]);
});

test("the tests of a new plugin and of the tutorial's pass with it", async () => {
  const own = [process.execPath, "test", "./index.test.ts", "./scratch/index.test.ts"];
  expect(await done(own, plugin)).toContain(" 2 pass");
});

test("a new plugin, the tutorial's and the examples are checked by its types, and by nothing else of ours", async () => {
  const compilerOptions = {
    ...{ target: "ESNext", lib: ["ESNext"], module: "NodeNext", types: ["node"], strict: true, noEmit: true },
    ...{ exactOptionalPropertyTypes: true, skipLibCheck: false },
  };
  const examples = readdirSync(join(plugin, "examples")).map((name) => `examples/${name}/index.ts`);
  expect(examples.length).toBeGreaterThan(2);
  const files = ["index.ts", "scratch/index.ts", ...examples];
  writeFileSync(join(plugin, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const tsc = [process.execPath, join(root, "node_modules/typescript/bin/tsc"), "-p", plugin];
  const seen = await done([...tsc, "--listFiles"], plugin);
  expect(seen).toContain("node_modules/banger/dist/src/core/api/participant.d.ts");
  writeFileSync(
    join(plugin, "index.ts"),
    skeleton("hello")["index.ts"]!.replace("async guestConfig", "async guestconfig"),
  );
  expect((await failure(done(tsc, plugin))).message).toMatch(/index\.ts\(\d+,\d+\): error .*guestconfig/);
});
