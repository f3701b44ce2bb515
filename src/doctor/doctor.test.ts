import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host, NetworkDriver, VmmDriver } from "../core/api/index.ts";
import { BangerError } from "../core/api/errors.ts";
import type { Config } from "../core/config/index.ts";
import { resolvePaths } from "../core/model/paths.ts";
import type { DoctorDeps } from "./deps.ts";
import { runDoctor } from "./doctor.ts";

let home: string;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "banger-doctor-"))));
afterEach(() => rmSync(home, { recursive: true }));

const defaultConfig: Config = {
  logLevel: "info",
  defaultImage: "debian-bookworm",
  vmDefaults: {},
  vmm: { driver: "auto", options: {}, shared: {} },
  storage: { driver: "overlay", options: {}, shared: {} },
  network: { driver: "user", options: {}, shared: {} },
  capabilities: {},
  written: { vmm: {}, storage: {}, network: {}, capabilities: {} },
};

const qemu = {
  name: "qemu",
  probe: async () => ({ usable: true, accel: "tcg", binary: "/usr/bin/qemu", version: "7.2.22", reason: "" }),
} as unknown as VmmDriver;

const programs = ["mke2fs", "mmdebstrap", "apt-get", "dpkg-deb", "depmod", "unshare", "newuidmap", "newgidmap"];

function host(changes: Partial<Host> = {}, installed: readonly string[] = programs): Host {
  return {
    which: async (program: string) => (installed.includes(program) ? `/usr/bin/${program}` : null),
    kvm: async () => ({ usable: false, reason: "there is no /dev/kvm" }),
    cpuCount: async () => 8,
    memoryBytes: async () => 8 * 2 ** 30,
    freeBytes: async () => 2 ** 40,
    ...changes,
  } as Host;
}

function deps(changes: Partial<DoctorDeps> = {}): DoctorDeps {
  return {
    version: "1.2.3",
    self: ["/usr/bin/banger"],
    host: host(),
    paths: resolvePaths({ HOME: home, XDG_RUNTIME_DIR: `${home}/run` }, process.getuid!(), home),
    machine: "x86_64",
    user: { name: "ann", uid: 1000 },
    troupe: {
      vmm: [qemu],
      storage: [],
      network: [{ name: "user", vmms: ["qemu"] } as unknown as NetworkDriver],
      capabilities: [],
    },
    plugins: { capabilities: [], judge: async () => true, written: () => ({}) },
    readConfig: async () => defaultConfig,
    defaultConfig,
    inspectStore: async () => ({ state: "missing" }),
    image: async () => ({ kind: "catalog", kernel: "debian-cloud" }),
    kernel: async () => ({ kind: "local", note: "6.1.0" }),
    kvmAccess: async () => ({ exists: false, allowed: false, group: null }),
    daemon: async () => null,
    buildObstacle: async () => null,
    service: async () => ({ kind: "none", systemd: true }),
    ...changes,
  };
}

async function row(name: string, changes: Partial<DoctorDeps> = {}) {
  const report = await runDoctor(deps(changes));
  const found = report.rows.find((row) => row.row === name);
  expect(found).toBeDefined();
  expect(report.works).toBe(report.rows.every((row) => row.status !== "fail"));
  const { status, message, detail, fix } = found!;
  return { status, message, detail: detail.join("\n"), fix: fix?.join(" ") ?? null };
}

test("a fresh host without kvm and firecracker works, with warnings", async () => {
  const report = await runDoctor(deps());
  expect(report).toMatchObject({ version: "1.2.3", works: true, failures: 0, warnings: 1 });
  expect(report.rows.map(({ row, status }) => `${status} ${row}`)).toEqual([
    "pass architecture",
    "pass config",
    "pass state store",
    "pass vmm",
    "warn kvm",
    "pass host tools",
    "pass disk space",
    "pass storage",
    "pass network",
    "pass default image",
    "pass kernel",
    "pass vm defaults",
    "pass ssh",
    "pass daemon",
    "pass install",
  ]);
});

test("a row that cannot be found out fails, and the others are shown", async () => {
  const broken = host({
    kvm: () => Promise.reject(new BangerError("COMMAND_FAILED", "it broke", { hint: "mend it" })),
  });
  const report = await runDoctor(deps({ host: broken, image: () => Promise.reject(new Error("no shelf")) }));
  const failed = report.rows.filter(({ status }) => status === "fail").map(({ row, message }) => `${row}: ${message}`);
  expect(failed).toEqual([
    "kvm: could not be checked: it broke: mend it",
    "default image: could not be checked: no shelf",
  ]);
  expect(report.works).toBe(false);
});

test("a broken configuration fails its own row, and the others go by the defaults", async () => {
  const readConfig = () =>
    Promise.reject(
      new BangerError("CONFIG_INVALID", `${home}/.config/banger/config.toml has an error`, {
        detail: ["x (config.toml:7)"],
      }),
    );
  expect(await row("config", { readConfig })).toMatchObject({
    status: "fail",
    message: "~/.config/banger/config.toml has an error",
    detail: "x (config.toml:7)\nthe other rows go by the defaults",
  });
  expect(await row("vm defaults", { readConfig })).toMatchObject({ status: "pass" });
});

test("architecture", async () => {
  expect(await row("architecture", { machine: "aarch64" })).toMatchObject({
    status: "fail",
    message: "aarch64, and banger needs amd64",
  });
});

describe("state store", () => {
  test("each state of it", async () => {
    expect(await row("state store")).toMatchObject({
      status: "pass",
      message: "will be created at ~/.local/state/banger/state.db",
    });
    const good = await row("state store", {
      inspectStore: async () => ({ state: "ok", version: 1, vms: 1, effects: [] }),
    });
    expect(good.message).toBe("~/.local/state/banger/state.db, schema 1, 1 VM");
    const older = await row("state store", {
      inspectStore: async () => ({ state: "older", version: 1, known: 2, vms: 0 }),
    });
    expect(older).toMatchObject({
      status: "pass",
      message: "~/.local/state/banger/state.db, schema 1: the daemon will migrate it to 2",
    });
    const bad = await row("state store", { inspectStore: async () => ({ state: "corrupt", reason: "is damaged" }) });
    expect(bad).toMatchObject({ status: "fail", message: "~/.local/state/banger/state.db is damaged" });
    const newer = await row("state store", { inspectStore: async () => ({ state: "newer", version: 3, known: 2 }) });
    expect(newer).toMatchObject({ status: "fail", message: "~/.local/state/banger/state.db, schema 3" });
    const closed = await row("state store", {
      inspectStore: async () => ({ state: "unusable", reason: "cannot be used" }),
    });
    expect(closed).toMatchObject({ status: "fail" });
  });

  test("a file where a folder is wanted", async () => {
    writeFileSync(join(home, ".local"), "");
    expect(await row("state store")).toMatchObject({ status: "fail", detail: `${home}/.local: it is not a directory` });
  });
});

describe("vmm", () => {
  const none = {
    ...qemu,
    probe: async () => ({
      usable: false,
      accel: "tcg",
      binary: null,
      version: null,
      reason: "qemu-system-x86_64 not found",
    }),
  } as unknown as VmmDriver;

  const firecracker = (found: object): VmmDriver =>
    ({
      ...qemu,
      name: "firecracker",
      probe: async () => ({
        usable: false,
        accel: "kvm",
        binary: null,
        version: null,
        reason: "not on PATH",
        ...found,
      }),
      doctor: async () => [{ row: "firecracker", status: "warn", message: "known escape" }],
    }) as unknown as VmmDriver;
  const both = { name: "user", vmms: ["firecracker", "qemu"] } as unknown as NetworkDriver;
  const withBoth = (found: object, network: NetworkDriver = both) => ({
    troupe: { ...deps().troupe, vmm: [firecracker(found), qemu], network: [network] },
  });

  test("the first that can boot, and what is in the way of those before it", async () => {
    expect(await row("vmm", withBoth({}))).toMatchObject({
      status: "warn",
      message: "qemu 7.2.22 will be used",
      detail: expect.stringContaining("firecracker: not on PATH") as string,
    });
    const usable = { usable: true, binary: "/opt/firecracker", version: "1.13.2" };
    expect(await row("vmm", withBoth(usable))).toMatchObject({
      status: "pass",
      message: "firecracker 1.13.2 (/opt/firecracker)",
    });
    expect(await row("firecracker", withBoth(usable))).toMatchObject({ status: "warn", message: "known escape" });
    const picky = { ...both, obstacle: async (_: Host, name: string) => (name === "qemu" ? null : "pasta not found") };
    expect(await row("vmm", withBoth(usable, picky))).toMatchObject({
      status: "warn",
      detail: expect.stringContaining("firecracker: the network user cannot serve it: pasta not found") as string,
    });
  });

  test("one that is configured", async () => {
    const chosen = { ...defaultConfig, vmm: { driver: "qemu", options: {}, shared: {} } };
    expect(await row("vmm", { readConfig: async () => chosen })).toMatchObject({
      status: "pass",
      message: "qemu 7.2.22, by [vmm] driver",
    });
  });

  test("without any that can boot, the row fails and says why", async () => {
    const troupe = { ...deps().troupe, vmm: [none] };
    expect(await row("vmm", { troupe })).toMatchObject({
      status: "fail",
      message: "no VMM can boot a guest here",
      detail: "qemu: qemu-system-x86_64 not found",
      fix: "sudo apt-get install -y qemu-system-x86",
    });
  });
});

describe("kvm", () => {
  test("a vcpu that runs", async () => {
    expect(await row("kvm", { host: host({ kvm: async () => ({ usable: true, reason: "" }) }) })).toMatchObject({
      status: "pass",
    });
  });

  test("a device that opens and runs nothing", async () => {
    const paravirtual = host({
      kvm: async () => ({ usable: false, reason: "/dev/kvm opens but a vcpu does not run on it" }),
    });
    const found = await row("kvm", {
      host: paravirtual,
      kvmAccess: async () => ({ exists: true, allowed: true, group: "kvm" }),
    });
    expect(found).toEqual({
      status: "warn",
      message: "/dev/kvm opens but a vcpu does not run on it: guests will be emulated",
      detail: "",
      fix: null,
    });
  });

  test("a device that this user may not open", async () => {
    const found = await row("kvm", { kvmAccess: async () => ({ exists: true, allowed: false, group: "kvm" }) });
    expect(found).toMatchObject({ status: "warn", fix: "sudo usermod -aG kvm ann" });
  });
});

describe("host tools", () => {
  test("what only a build needs is a warning once image and kernel are here", async () => {
    const lacking = {
      host: host(
        {},
        programs.filter((program) => program !== "mmdebstrap"),
      ),
    };
    const found = await row("host tools", lacking);
    expect(found).toMatchObject({ status: "fail", fix: "sudo apt-get install -y mmdebstrap" });
    expect(found.detail).toBe("mmdebstrap: apt install mmdebstrap · dnf install mmdebstrap · pacman -S mmdebstrap");
    const image: DoctorDeps["image"] = async () => ({ kind: "local", note: "210 MiB", kernel: "debian-cloud" });
    expect(await row("host tools", { ...lacking, image })).toMatchObject({ status: "warn" });
  });

  test("tools that this user may not use as a build does", async () => {
    const buildObstacle = async () => ["no subordinate ids"];
    expect(await row("host tools", { buildObstacle })).toMatchObject({ status: "fail", detail: "no subordinate ids" });
    const image: DoctorDeps["image"] = async () => ({ kind: "local", note: "210 MiB", kernel: "debian-cloud" });
    expect(await row("host tools", { image, buildObstacle })).toMatchObject({ status: "warn" });
  });

  test("what every VM needs fails", async () => {
    const image: DoctorDeps["image"] = async () => ({ kind: "local", note: "210 MiB", kernel: "debian-cloud" });
    const found = await row("host tools", { image, host: host({}, ["dnf", "unshare"]) });
    expect(found).toMatchObject({ status: "fail" });
    expect(found.fix).toStartWith("sudo dnf install -y e2fsprogs mmdebstrap");
  });
});

test("disk space: more is needed while an image has to be made", async () => {
  const free = (gib: number) => host({ freeBytes: async () => gib * 2 ** 30 });
  expect(await row("disk space", { host: free(0.9) })).toMatchObject({
    status: "fail",
    detail: "1 GiB is needed to make the image",
  });
  expect(await row("disk space", { host: free(2) })).toMatchObject({
    status: "warn",
    message: "2 GiB free for ~/.local/state/banger",
  });
  const image: DoctorDeps["image"] = async () => ({ kind: "local", note: "210 MiB", kernel: "debian-cloud" });
  expect(await row("disk space", { image, host: free(1) })).toMatchObject({ status: "warn" });
});

test("default image and kernel", async () => {
  expect(await row("default image")).toMatchObject({
    status: "pass",
    message: expect.stringContaining("banger image pull debian-bookworm"),
  });
  const kernel: DoctorDeps["kernel"] = async () => ({ kind: "broken", problems: ["vmlinux is missing"] });
  expect(await row("kernel", { kernel })).toMatchObject({
    status: "fail",
    fix: "banger kernel pull --force debian-cloud",
  });
  const image: DoctorDeps["image"] = async () => ({ kind: "unknown", known: ["debian-bookworm"] });
  const unknown = await row("default image", {
    image,
    readConfig: async () => ({ ...defaultConfig, defaultImage: "gentoo" }),
  });
  expect(unknown).toMatchObject({ status: "fail", message: "no image is called gentoo" });
});

test("vm defaults, each with its origin", async () => {
  const config = { ...defaultConfig, vmDefaults: { memoryMiB: 512 } };
  expect(await row("vm defaults", { readConfig: async () => config })).toMatchObject({
    status: "pass",
    message: "2 vcpu (auto) | 512 MiB (config) | 8G disk (builtin)",
    detail: "change them under [vm_defaults] in ~/.config/banger/config.toml",
  });
  const large = { ...defaultConfig, vmDefaults: { memoryMiB: 99_999 } };
  expect(await row("vm defaults", { readConfig: async () => large })).toMatchObject({ status: "fail" });
});

describe("daemon", () => {
  const running = { version: "1.2.3", pid: 7, startedAt: "", socket: "", stateDir: "", vms: 3, running: 1 };

  test("its versions", async () => {
    expect(await row("daemon")).toMatchObject({ status: "pass", message: "not running, starts on demand" });
    const found = async (version: string, busy: boolean) =>
      row("daemon", { daemon: async () => ({ status: { ...running, version }, busy }) });
    expect(await found("1.2.3", true)).toMatchObject({ status: "pass", message: "running, pid 7, 1 of 3 VMs running" });
    expect(await found("1.2.2", false)).toMatchObject({
      status: "warn",
      detail: "the next command replaces it; VMs run on",
    });
    expect(await found("1.2.2", true)).toMatchObject({ status: "fail" });
  });

  test("a socket's path that is too long", async () => {
    const paths = resolvePaths({ HOME: home, XDG_RUNTIME_DIR: `/${"x".repeat(120)}` }, 0, home);
    expect(await row("daemon", { paths })).toMatchObject({ status: "fail" });
  });

  test("a path with room for the daemon's socket, but not for a VM's", async () => {
    const paths = resolvePaths({ HOME: home, XDG_RUNTIME_DIR: `/tmp/${"x".repeat(72)}` }, 0, home);
    expect(Buffer.byteLength(paths.socket)).toBeLessThan(107);
    expect(await row("daemon", { paths })).toMatchObject({ status: "fail" });
  });

  test("a folder that others can reach into, or that is none", async () => {
    mkdirSync(join(home, "run/banger"), { recursive: true });
    chmodSync(join(home, "run/banger"), 0o755);
    const found = await row("daemon");
    expect(found).toMatchObject({ status: "fail", message: `${home}/run/banger cannot be used` });
    expect(found.detail).toContain("chmod");
    rmSync(join(home, "run"), { recursive: true });
    mkdirSync(join(home, "run"));
    writeFileSync(join(home, "run/banger"), "");
    expect(await row("daemon")).toMatchObject({ status: "fail" });
  });
});

test("ssh: banger's own key", async () => {
  const folder = join(home, ".local/state/banger/ssh");
  expect(await row("ssh")).toMatchObject({
    status: "pass",
    message: "the key will be made at ~/.local/state/banger/ssh/id_ed25519",
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "id_ed25519.pub"), "");
  expect(await row("ssh")).toMatchObject({ status: "warn", fix: `rm ${folder}/id_ed25519.pub` });
  writeFileSync(join(folder, "id_ed25519"), "", { mode: 0o600 });
  expect(await row("ssh")).toMatchObject({ status: "pass", message: "~/.local/state/banger/ssh/id_ed25519" });
  rmSync(join(folder, "id_ed25519.pub"));
  expect(await row("ssh")).toMatchObject({ status: "fail" });
  chmodSync(join(folder, "id_ed25519"), 0o644);
  expect(await row("ssh")).toMatchObject({ status: "warn", fix: `chmod 600 ${folder}/id_ed25519` });
});
