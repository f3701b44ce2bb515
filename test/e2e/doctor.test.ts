import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { World } from "../helpers/world.ts";

interface Report {
  readonly works: boolean;
  readonly rows: readonly {
    readonly row: string;
    readonly status: string;
    readonly message: string;
    readonly detail: readonly string[];
  }[];
}

let world: World;
beforeEach(async () => (world = await World.create({ images: false })));
afterEach(() => world.destroy());

/** Every file and folder of the world with what would give a change away; access times may differ. */
function tree(): string[] {
  return readdirSync(world.root, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const path = join(world.root, name);
      const stat = lstatSync(path);
      const content = stat.isFile() ? Bun.hash(readFileSync(path)).toString(16) : "";
      return `${name} ${stat.mode.toString(8)} ${stat.ino} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs} ${content}`;
    });
}

/** Runs doctor, in both forms, and sees that nothing has changed. */
async function doctor(
  env: Record<string, string> = {},
): Promise<{ code: number | null; report: Report; status: (row: string) => string }> {
  const before = tree();
  const plain = await world.run(["doctor"], { env });
  const { code, stdout, stderr } = await world.run(["doctor", "--json"], { env });
  expect(tree()).toEqual(before);
  expect(plain.code).toBe(code);
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as Report;
  for (const { row } of report.rows) expect(plain.stdout).toMatch(new RegExp(`^(ok|warn|fail) +${row} +.`, "m"));
  return { code, report, status: (row) => report.rows.find((found) => found.row === row)?.status ?? "none" };
}

test("in an empty home: works here, firecracker is missed, nothing is written", async () => {
  const { code, report, status } = await doctor();
  expect(report.rows.filter(({ status }) => status === "fail")).toEqual([]);
  expect([code, report.works]).toEqual([0, true]);
  expect(status("state store")).toBe("pass");
  expect(report.rows.find(({ row }) => row === "vmm")).toMatchObject({
    status: Bun.which("firecracker") === null ? "warn" : "pass",
    message: expect.stringContaining("qemu"),
  });
});

test("with qemu hidden from PATH it fails, and only for that", async () => {
  const bin = join(world.root, "home/bin");
  mkdirSync(bin);
  const programs = [
    "mmdebstrap",
    "apt-get",
    "apt-config",
    "dpkg-deb",
    "unshare",
    "newuidmap",
    "newgidmap",
    "true",
    "rm",
    "depmod",
  ];
  for (const name of programs) {
    const path = Bun.which(name);
    if (path !== null) symlinkSync(path, join(bin, name));
  }
  const { code, report } = await doctor({ PATH: bin });
  expect(report.rows.filter(({ status }) => status === "fail").map(({ row }) => row)).toEqual(["vmm"]);
  expect(code).toBe(3);
});

describe("with a state store", () => {
  test("of this version, the daemon stopped", async () => {
    await world.ok("vm", "list");
    await world.ok("daemon", "stop");
    const { code, status } = await doctor();
    expect([code, status("state store"), status("daemon")]).toEqual([0, "pass", "pass"]);
  });

  test("of this version, the daemon running", async () => {
    await world.ok("vm", "list");
    const before = await world.daemonPid();
    const { code, report } = await doctor();
    expect(code).toBe(0);
    expect(report.rows.find(({ row }) => row === "daemon")?.message).toContain(`pid ${before}`);
  });

  test("of an older schema", async () => {
    mkdirSync(world.stateDir, { mode: 0o700 });
    const database = new Database(join(world.stateDir, "state.db"));
    database.run("PRAGMA journal_mode = WAL");
    database.run("CREATE TABLE before (x)");
    database.close();
    const { code, report } = await doctor();
    expect(code).toBe(0);
    expect(report.rows.find(({ row }) => row === "state store")?.message).toContain("the daemon will migrate it");
  });

  test("that is damaged", async () => {
    mkdirSync(world.stateDir, { mode: 0o700 });
    writeFileSync(join(world.stateDir, "state.db"), "this is no database".repeat(1000));
    const { code, status } = await doctor();
    expect([code, status("state store")]).toEqual([3, "fail"]);
  });

  test("that is a folder", async () => {
    mkdirSync(join(world.stateDir, "state.db"), { recursive: true, mode: 0o700 });
    const { code, status } = await doctor();
    expect([code, status("state store")]).toEqual([3, "fail"]);
  });
});

test("a broken configuration: every error with its line, and the other rows all the same", async () => {
  world.configure('log_level = "loud"\n[vm_defaults]\nmemory_mib = 1\n');
  const { code, report } = await doctor();
  expect(code).toBe(3);
  const failed = report.rows.filter(({ status }) => status === "fail");
  expect(failed.map(({ row }) => row)).toEqual(["config"]);
  expect(failed[0]!.detail[0]).toBe(
    'log_level: must be "error", "warn", "info" or "debug", got "loud" (config.toml:1)',
  );
  expect(failed[0]!.detail[1]).toBe("vm_defaults.memory_mib: must be ≥ 128, got 1 (config.toml:3)");
});
