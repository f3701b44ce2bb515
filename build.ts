/**
 * bun run build.ts → dist/agent and dist/banger, sha256 printed.
 * Everything is made beside its final name and renamed, so a running dist/banger is never disturbed.
 */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildAgent } from "./guest/build.ts";
import manifest from "./package.json" with { type: "json" };

const root = import.meta.dir;
const dist = join(root, "dist");
const products = ["agent", "banger"];

if (import.meta.main) await build();

async function build(): Promise<void> {
  const version = describe();
  const workshop = join(dist, `.build.${process.pid}`);
  mkdirSync(workshop, { recursive: true });
  try {
    await make(workshop, version);
    for (const name of products) renameSync(join(workshop, name), join(dist, name));
  } finally {
    // The source maps are inside the executable; Bun's copies beside it are not needed.
    rmSync(workshop, { recursive: true, force: true });
  }
  for (const name of products) {
    const file = Bun.file(join(dist, name));
    const sha256 = new Bun.CryptoHasher("sha256").update(await file.arrayBuffer()).digest("hex");
    console.log(`${sha256}  dist/${name}  ${(file.size / 1e6).toFixed(1)} MB`);
  }
  console.log(`banger ${version}`);
}

/** Makes `agent` and `banger` in a folder. */
export async function make(folder: string, version = describe(), plugins: Bun.BunPlugin[] = []): Promise<void> {
  renameSync(await buildAgent(folder), join(folder, "agent"));
  await compile(folder, version, plugins);
}

/**
 * Start-up, medians of 25 on an idle host, of a program that imports zod, ssh2, citty and consola behind import():
 * empty program 3.6 ms; `--version` 25 ms plain, 9.2 with bytecode, 5.8 with splitting, 4.8 with both. One bundle is
 * parsed whole even where import() never runs, so splitting is what keeps the daemon's code out of `--help`.
 * A linked source map costs nothing at start, and gives stacks with our own file names.
 * minChunkSize and bytecodeOrder were tried on the whole product and gained nothing measurable.
 */
async function compile(folder: string, version: string, plugins: Bun.BunPlugin[]): Promise<void> {
  await Bun.build({
    entrypoints: [join(root, "src/main.ts")],
    root,
    plugins,
    target: "bun",
    format: "esm",
    minify: true,
    bytecode: true,
    splitting: true,
    sourcemap: "linked",
    // ssh2's optional native parts don't load from an executable; it has fallbacks in JavaScript.
    external: ["*.node"],
    define: { BANGER_VERSION: JSON.stringify(version), "process.env.NODE_ENV": '"production"' },
    compile: {
      outfile: join(folder, "banger"),
      assets: [join(folder, "agent")],
      // The caller's folder must not steer the program: by default its bunfig.toml (preload!) and .env are loaded.
      autoloadBunfig: false,
      autoloadDotenv: false,
      autoloadTsconfig: false,
      // Needed by plugins: without it npm packages with `exports` don't resolve.
      autoloadPackageJson: true,
    },
  });
}

/** The manifest's version; between releases with the commit, where git can tell. */
function describe(): string {
  const git = Bun.spawnSync(["git", "describe", "--tags", "--long", "--always", "--dirty", "--match", "v*"], {
    cwd: root,
  });
  return versionOf(manifest.version, git.success ? git.stdout.toString().trim() : undefined);
}

function versionOf(released: string, described: string | undefined): string {
  const found = /^(?:v(?<tag>.+)-(?<ahead>\d+)-g)?(?<commit>[0-9a-f]+)(?<dirty>-dirty)?$/.exec(described ?? "")?.groups;
  if (!found) return released;
  if (found["tag"] === released && found["ahead"] === "0" && !found["dirty"]) return released;
  return `${released}+g${found["commit"]}${found["dirty"] ? ".dirty" : ""}`;
}
