import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatService } from "../../src/core/model/service.ts";
import { banger } from "../helpers/binary.ts";
import { eventually } from "../helpers/eventually.ts";
import { ordinaryUser, ordinaryUid as uid } from "../helpers/ordinary-user.ts";

/** Only root can do what the helper does here; where the tests have no root, the helper must have none either. */
const asRoot = process.getuid!() === 0;

let root: string;
let program: string;
let user: ReturnType<typeof ordinaryUser>;
let helper: Bun.Subprocess;

beforeAll(async () => {
  root = mkdtempSync("/tmp/bm-");
  chmodSync(root, 0o755);
  for (const name of ["etc", "s"]) mkdirSync(join(root, name), { mode: 0o755 });
  program = join(root, "banger");
  copyFileSync(banger, program);
  chmodSync(program, 0o755);
  if (!asRoot) return;
  user = ordinaryUser(join(root, "u"));
  const folders = { stateDir: "/nonexistent", cacheDir: "/nonexistent", runtimeDir: "/nonexistent", home: user.home };
  const record = join(root, "etc/install.toml");
  const owner = { version: "1", owner: "guest", uid, gid: uid, binary: program, made: [], ...folders };
  writeFileSync(record, formatService({ ...owner, helperSocket: join(root, "s/helper.sock") }), { mode: 0o644 });
  // The helper reads the user's subordinate ids where the user has them.
  helper = Bun.spawn([...user.asRoot, program, "helper", "serve", "--record", record], {
    stdio: ["ignore", "ignore", Bun.file(join(root, "log"))],
    env: { PATH: process.env["PATH"] },
  });
  await eventually(() => readFileSync(join(root, "log"), "utf8").includes("serving"), 30_000);
});
afterAll(async () => {
  helper?.kill();
  await helper?.exited;
  rmSync(root, { recursive: true });
});

/** Runs a program mapped, as a service would: by a user who can gain no privileges. */
async function mapped(socket: string, ...command: string[]) {
  const who = asRoot ? [...user.prefix, "setpriv", "--no-new-privs", "--"] : ["setpriv", "--no-new-privs", "--"];
  const child = Bun.spawn([...who, program, "internal", "mapped", socket, "--", ...command], {
    env: { PATH: process.env["PATH"], TMPDIR: "/tmp" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, stdout, stderr };
}

test("a user without newuidmap is root over all ids of its own, mounts and processes included", async () => {
  if (!asRoot) {
    const { code, stderr } = await mapped(join(root, "s/none.sock"), "true");
    expect({ code, stderr }).toMatchObject({ code: 127, stderr: expect.stringContaining("the root helper") });
    return;
  }
  const script = `cat /proc/self/uid_map; touch a; chown 5:6 a; stat -c %u:%g a; rm a
    mkdir m; mount -t tmpfs x m; mount -t proc proc /proc; echo $$; exit 7`;
  const contained = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--"];
  const { code, stdout, stderr } = await mapped(join(root, "s/helper.sock"), ...contained, "sh", "-ec", script);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().replace(/ +/g, " "));
  expect({ code, stderr, lines }).toEqual({
    code: 7,
    stderr: "",
    lines: [`0 ${uid} 1`, "1 1000000 65536", "5:6", "1"],
  });
  // Outside they are ids of the user's own.
  expect(readFileSync(join(root, "log"), "utf8")).toContain(`(user ${uid}, pid `);
}, 60_000);
