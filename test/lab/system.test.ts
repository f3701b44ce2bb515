import { afterAll, beforeAll, expect } from "bun:test";
import { digest, foreign, samples } from "../helpers/operation-samples.ts";
import { askHelper, requestLine } from "../helpers/ask-helper.ts";
import { difference, type Inventory } from "./inventory.ts";
import { Lab } from "./lab.ts";
import { scenario } from "./scenario.ts";
import type { Account } from "./account.ts";

/** Emulation within emulation, beside others: a service takes long to begin, a boot longer. */
const boot = ["--boot-timeout", "120s"];
const long = 900_000;

let lab: Lab;
let u: Account;
let fresh: Inventory;

beforeAll(async () => {
  lab = await Lab.up();
  u = lab.user("u");
  await Promise.all([u.run(["true"]), lab.user("v").run(["true"])]);
  fresh = await lab.inventory();
}, long);
afterAll(() => lab?.down());

const units = ["bangerd.service", "bangerd-root.service"] as const;

async function pidOf(unit: string): Promise<number> {
  return Number(await lab.ok(["systemctl", "show", "--value", "--property=MainPID", unit]));
}

/** One answer a line of the requests, which go to the helper as they are. */
async function ask(user: string, requests: readonly string[]): Promise<readonly string[]> {
  const argv = askHelper("/run/banger-root/helper.sock");
  const options = { user, stdin: requests.join(""), timeout: 600_000 };
  return (await lab.ok(argv, options)).split("\n");
}

scenario(
  () => lab,
  "an ordinary user is told what to type, and an install that fails is undone",
  async () => {
    const refused = await u.run(["banger", "system", "install", "--owner", "u"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("system install --owner u");
    expect(refused.stderr).toContain("sudo ");
    await lab.ok(["chmod", "777", "/usr/local/lib"]);
    const failed = await lab.run(["banger", "system", "install", "--owner", "u"]);
    await lab.ok(["chmod", "755", "/usr/local/lib"]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("everybody may write to it");
    expect(failed.stderr).toContain("what was done is undone");
    for (const owner of ["root", "nobody-at-all", "-x"]) {
      expect((await lab.run(["banger", "system", "install", `--owner=${owner}`])).code).toBe(2);
    }
    expect(difference(fresh, await lab.inventory())).toEqual([]);
    expect((await lab.run(["banger", "system", "status"])).code).toBe(1);
  },
  long,
);

scenario(
  () => lab,
  "installed: both services run, are hardened, and are the owner's",
  async () => {
    const { changed } = await lab.json<{ changed: boolean }>("system", "install", "--owner", "u");
    expect(changed).toBe(true);
    const again = await lab.json<{ changed: boolean }>("system", "install", "--owner", "u");
    expect(again.changed).toBe(false);
    const status = await u.run(["banger", "system", "status", "--json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({ healthy: true, service: { owner: "u" }, problems: [] });
    expect(status.code).toBe(0);
    for (const unit of units) {
      const wanted = ["NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=read-only", "KillMode=process"];
      const properties = [...wanted, "RuntimeDirectoryPreserve=yes"].map((line) => line.split("=")[0]!);
      const shown = await lab.ok(["systemctl", "show", `--property=${properties.join(",")}`, unit]);
      expect(shown.split("\n").sort()).toEqual([...wanted, "RuntimeDirectoryPreserve=yes"].sort());
      const exposure = await lab.ok(["systemd-analyze", "security", "--no-pager", unit]);
      expect(Number(/exposure level for \S+: ([\d.]+)/.exec(exposure)?.[1])).toBeLessThan(7);
    }
    const daemon = await lab.get(`/proc/${await pidOf("bangerd.service")}/status`);
    expect(daemon).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    expect(daemon).toMatch(/^CapBnd:\t0{16}$/m);
    expect(daemon).toMatch(/^NoNewPrivs:\t1$/m);
    const modes = ["/run/banger-root", "/run/banger-root/helper.sock", "/run/banger", "/etc/banger/install.toml"];
    expect(await lab.ok(["stat", "--format=%a %U %n", ...modes])).toBe(
      ["711 root", "600 u", "700 u", "644 root"].map((text, index) => `${text} ${modes[index]}`).join("\n"),
    );
  },
  long,
);

scenario(
  () => lab,
  "another user is refused with the owner's name, and the socket is closed to them",
  async () => {
    const v = lab.user("v");
    const refused = await v.run(["banger", "vm", "list"]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("banger is installed here for u");
    expect((await v.run(["banger", "vm", "run", "--", "true"])).code).toBe(125);
    expect((await v.run(["banger", "version"])).code).toBe(0);
    const doctor = await v.run(["banger", "doctor", "--json"]);
    expect(doctor.code).toBe(3);
    expect(doctor.stdout).toContain("for u, and only for u");
    expect(await ask("v", [requestLine("helper.status", null)])).toEqual(["connect: Permission denied"]);
  },
  long,
);

scenario(
  () => lab,
  "a record that others could have written does not count",
  async () => {
    await lab.ok(["chmod", "666", "/etc/banger/install.toml"]);
    const { stderr } = await lab.user("v").run(["banger", "daemon", "status"]);
    await lab.ok(["chmod", "644", "/etc/banger/install.toml"]);
    expect(stderr).toContain("everybody may write to it");
  },
  long,
);

scenario(
  () => lab,
  "the helper touches nothing that is not banger's own",
  async () => {
    const id = (digit: string): string => digit.repeat(16);
    const dir = "/var/lib/banger/vms";
    await lab.ok([
      "sh",
      "-ec",
      `ip link add br-fc type bridge; ip address add 172.16.0.1/24 dev br-fc; ip link add br-other type bridge
    for digit in 1 2; do id=$(printf "%012d" 0 | tr 0 $digit); ip tuntap add "bt-$id" mode tap; done
    dmsetup create banger-${id("1")} --table "0 8 error"
    truncate -s 1M /root/foreign; losetup /dev/loop7 /root/foreign
    for digit in 1 2 3 4 5; do mkdir -m 700 ${dir}/$(printf "%016d" 0 | tr 0 $digit); done; chown u: ${dir}/*
    su u -s /bin/sh -c 'ln -s /etc/shadow ${dir}/${id("1")}/root.cow; ln -s ../${id("5")}/root.cow ${dir}/${id("2")}/root.cow
      truncate -s 1M ${dir}/${id("5")}/root.cow; ln ${dir}/${id("5")}/root.cow ${dir}/${id("3")}/root.cow
      rmdir ${dir}/${id("4")}; ln -s ${id("5")} ${dir}/${id("4")}; mkfifo ${dir}/${id("5")}/console.log'
    cp /bin/true /tmp/firecracker; chown u: /tmp/firecracker`,
    ]);
    const before = await lab.inventory();
    const tap = { bridge: "br-fc", address: "172.16.0.2" };
    const programs = { jailer: "/usr/local/bin/jailer", firecracker: "/usr/local/bin/firecracker" };
    const refused: readonly (readonly [string, object])[] = [
      ["tap.create", { ...samples["tap.create"][0], vm: id("1") }],
      ["tap.remove", { ...tap, vm: id("1") }],
      ["nat.add", { vm: id("1") }],
      ["resolver.route", { bridge: "br-other", port: 53 }],
      ["resolver.unroute", { bridge: "br-other" }],
      ["loop.attach", { role: "cow", vm: id("1") }],
      ["loop.attach", { role: "cow", vm: id("2") }],
      ["loop.attach", { role: "cow", vm: id("3") }],
      ["loop.attach", { role: "cow", vm: id("4") }],
      ["loop.attach", { role: "base", vm: id("1"), image: digest }],
      ["dm.create", { vm: id("1"), sizeBytes: 2 ** 20 }],
      ["dm.remove", { vm: id("1") }],
      ["jail.create", { ...samples["jail.create"][0], vm: id("1"), files: [], firecracker: "/tmp/firecracker" }],
      ["jail.create", { ...samples["jail.create"][0], vm: id("1"), files: [], uid: 1000 }],
      ["jail.start", { vm: id("5") }],
      ["jail.signal", { vm: id("1"), signal: "SEGV" }],
      ["jail.check", { ...programs, jailer: "../jailer" }],
      ["helper.exec", { argv: ["id"] }],
    ];
    const answers = await ask(
      "u",
      refused.map(([name, args]) => requestLine(name, args)),
    );
    const accepted = answers.flatMap((line, index) =>
      line.startsWith('{"error"') ? [] : [`${refused[index]![0]}: ${line}`],
    );
    expect(accepted).toEqual([]);
    expect(difference(before, await lab.inventory())).toEqual([]);
    // Foreign values in every place of every operation (each of them in some), and what removes what never was.
    const odd = Object.entries(samples).flatMap(([name, all]) =>
      all.flatMap((args, variant) =>
        Object.keys(args).flatMap((key, place) =>
          foreign
            .filter((_, index) => (index + place + variant) % 4 === 0)
            .map((value) => requestLine(name, { ...args, [key]: value })),
        ),
      ),
    );
    const removals = ["tap.remove", "nat.remove", "loop.detach", "dm.remove", "jail.signal", "jail.remove"] as const;
    const absent = removals.map((name) => requestLine(name, { ...samples[name][0], vm: id("9") }));
    const all = [...odd.filter((line) => !line.includes('"name":"tap.create"') || line.includes("br-")), ...absent];
    expect((await ask("u", all)).length).toBe(all.length);
    expect(difference(before, await lab.inventory())).toEqual([]);
    await lab.ok([
      "sh",
      "-ec",
      `ip link del br-fc; ip link del br-other; for tap in $(ls /sys/class/net | grep ^bt-); do ip link del $tap; done
    dmsetup remove banger-${id("1")}; losetup -d /dev/loop7; rm -r /root/foreign /tmp/firecracker ${dir}/????????????????`,
    ]);
  },
  long,
);

scenario(
  () => lab,
  "the owner's VMs are on the bridge, and outlive a restart and a kill of either service",
  async () => {
    await lab.ok(["rm", "-rf", "/var/lib/banger/images", "/var/lib/banger/kernels"]);
    await lab.images("/var/lib/banger", "u");
    await u.ok(["banger", "vm", "run", "--name", "otter", "--detach", ...boot], { timeout: 500_000 });
    const before = await u.json<{ pid: number; network: string; address: string }>("vm", "show", "otter");
    expect(before.network).toBe("bridge");
    expect(await lab.ok(["ip", "-o", "-4", "address", "show", "dev", "br-fc"])).toContain("172.16.0.1/24");
    const works = async (): Promise<void> => {
      expect(await u.ok(["banger", "vm", "exec", "otter", "--", "echo", "here"], { timeout: 300_000 })).toBe("here");
      expect((await u.json<{ pid: number }>("vm", "show", "otter")).pid).toBe(before.pid);
    };
    await works();
    expect((await lab.run(["banger", "system", "uninstall"])).stderr).toContain("VMs are running: otter");
    await lab.banger("system", "restart");
    await works();
    for (const unit of units) {
      const pid = await pidOf(unit);
      await lab.ok(["kill", "-KILL", String(pid)]);
      await works();
      expect(await pidOf(unit)).not.toBe(pid);
    }
    // The power goes, and with it the guest and all that was set up for it; the services come back by themselves.
    await lab.reboot();
    expect(await u.json("vm", "show", "otter")).toMatchObject({ state: "stopped", pid: null });
    expect(await lab.ok(["ip", "-br", "link"])).not.toContain("br-fc");
    await u.ok(["banger", "vm", "start", "otter"], { timeout: 500_000 });
    expect(await u.ok(["banger", "vm", "exec", "otter", "--", "echo", "back"], { timeout: 300_000 })).toBe("back");
    // Whose helper was killed has another one take down what it set up.
    await u.ok(["banger", "vm", "stop", "otter"], { timeout: 300_000 });
    expect(await lab.ok(["ip", "-br", "link"])).not.toContain("br-fc");
    expect((await u.run(["banger", "daemon", "stop"])).stderr).toContain("sudo systemctl stop bangerd");
  },
  long,
);

scenario(
  () => lab,
  "what is less hardened is told, and doctor --fix mends it",
  async () => {
    await lab.ok([
      "sh",
      "-ec",
      "sed -i s/NoNewPrivileges=yes/NoNewPrivileges=no/ /etc/systemd/system/bangerd-root.service; systemctl daemon-reload; systemctl stop bangerd-root",
    ]);
    const told = await u.run(["banger", "doctor", "--json"]);
    expect(told.code).toBe(3);
    expect(told.stdout).toContain("NoNewPrivileges=no");
    expect((await u.run(["banger", "doctor", "--fix"])).code).toBe(2);
    await lab.run(["banger", "doctor", "--fix", "--yes"], { timeout: 400_000 });
    await lab.banger("system", "install", "--owner", "u");
    expect((await u.run(["banger", "system", "status"])).code).toBe(0);
  },
  long,
);

scenario(
  () => lab,
  "uninstalled, the host is as it was",
  async () => {
    expect((await lab.run(["banger", "system", "uninstall", "--purge"])).code).toBe(2);
    const { kept } = await lab.json<{ kept: string[] }>("system", "uninstall");
    expect(kept).toEqual(["/var/lib/banger", "/var/cache/banger"]);
    expect(await lab.ok(["ls", "/var/lib/banger/vms"])).not.toBe("");
    await lab.banger("system", "install", "--owner", "u");
    expect(await u.ok(["banger", "vm", "list", "--json"])).toContain("otter");
    await lab.banger("system", "uninstall", "--purge", "--force");
    // After a reboot the lab mounts its own drive anew, which systemd then gives a group.
    const left = difference(fresh, await lab.inventory());
    expect(left.filter((line) => !line.endsWith("/payload.mount"))).toEqual([]);
    expect(await u.ok(["ls", "-A", "/home/u/.local/state/banger"])).not.toContain("ssh");
    expect(await lab.banger("system", "uninstall", "--json")).toContain("uninstalled");
  },
  long,
);
