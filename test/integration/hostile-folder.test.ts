import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const banger = process.env["BANGER_BIN"] ?? join(import.meta.dir, "../../dist/banger");

let scratch: string;
let hostile: string;
let plain: string;

/** Every file by which a folder can steer Bun. Each leaves `seen-NAME`, a broken config or a changed environment. */
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "hostile-"));
  [hostile, plain] = [join(scratch, "hostile"), join(scratch, "plain")];
  const evilConfig = join(scratch, "evil", "banger");
  for (const folder of [hostile, plain, join(scratch, "home"), evilConfig]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(evilConfig, "config.toml"), "this is no toml");
  const leave = (name: string) => `require("node:fs").writeFileSync(${JSON.stringify(join(scratch, name))}, "");`;
  writeFileSync(join(hostile, "preload.js"), leave("seen-preload"));
  writeFileSync(join(hostile, "shadow.js"), `${leave("seen-shadow")} export default {};`);
  writeFileSync(join(hostile, "bunfig.toml"), 'preload = ["./preload.js"]\nlogLevel = "debug"\n');
  writeFileSync(
    join(hostile, ".env"),
    `XDG_CONFIG_HOME=${join(scratch, "evil")}\nHOSTILE=seen\nNO_COLOR=\nFORCE_COLOR=1\n`,
  );
  writeFileSync(join(hostile, ".env.production"), `XDG_CONFIG_HOME=${join(scratch, "evil")}\n`);
  const aliases = Object.fromEntries(["zod", "citty", "node:fs", "*"].map((name) => [name, ["./shadow.js"]]));
  writeFileSync(join(hostile, "tsconfig.json"), JSON.stringify({ compilerOptions: { baseUrl: ".", paths: aliases } }));
  writeFileSync(
    join(hostile, "package.json"),
    JSON.stringify({
      name: "banger",
      version: "6.6.6",
      imports: { "#x": "./shadow.js" },
      bun: { preload: "./preload.js" },
    }),
  );
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function runIn(cwd: string, argv: string[]) {
  const env = { HOME: join(scratch, "home"), PATH: "/usr/bin:/bin", XDG_RUNTIME_DIR: join(scratch, "home") };
  const { exitCode, stdout, stderr } = Bun.spawnSync(argv, { cwd, env, stdin: "ignore" });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** The trap must catch something, or the test below proves nothing. */
test("a program compiled with Bun's defaults is steered by this folder", () => {
  const source = join(scratch, "probe.ts");
  const probe = join(scratch, "probe");
  writeFileSync(source, "console.log(process.env.HOSTILE)");
  const built = Bun.spawnSync([process.execPath, "build", "--compile", source, "--outfile", probe]);
  expect(built.exitCode).toBe(0);
  expect(runIn(hostile, [probe]).stdout).toBe("seen\n");
  expect(existsSync(join(scratch, "seen-preload"))).toBe(true);
  rmSync(join(scratch, "seen-preload"));
});

describe("dist/banger does the same in a hostile folder as in an empty one", () => {
  test.each([["version"], ["--help"], ["config show"], ["config show --json"], ["vm run --memroy 1"]])(
    "banger %s",
    (line) => {
      const there = runIn(hostile, [banger, ...line.split(" ")]);
      expect(there).toEqual(runIn(plain, [banger, ...line.split(" ")]));
      expect(there.exitCode).toBe(line.includes("memroy") ? 2 : 0);
      expect(there.stdout + there.stderr).not.toContain("evil");
      expect([existsSync(join(scratch, "seen-preload")), existsSync(join(scratch, "seen-shadow"))]).toEqual([
        false,
        false,
      ]);
    },
  );
});
