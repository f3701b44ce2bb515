import { afterAll, beforeAll, expect } from "bun:test";
import { askHelper, requestLine } from "../helpers/ask-helper.ts";
import { difference, type Inventory } from "./inventory.ts";
import { configureForInstall } from "./installed-config.ts";
import { Lab } from "./lab.ts";
import { scenario } from "./scenario.ts";

const boot = ["--boot-timeout", "120s"];
const long = 1_500_000;
const names = ["one", "two"] as const;
const state = "/var/lib/banger";

let lab: Lab;
let before: Inventory;
beforeAll(async () => {
  lab = await Lab.up();
  await lab.user("u").run(["true"]);
  await configureForInstall(lab);
  await lab.banger("system", "install", "--owner", "u");
  // What the first use leaves by itself.
  await lab.ok(["modprobe", "-a", "loop", "dm-snapshot", "tun", "bridge"]);
  await lab.user("u").banger("daemon", "start");
  before = await lab.inventory();
}, long);
afterAll(() => lab?.down());

/** What is there now and was not before, or the other way round; a cache that the first start fills and a login's news do not count. */
async function changed(since: Inventory = before): Promise<readonly string[]> {
  return difference(since, await lab.inventory()).filter(
    (line) => !/\/(initramfs-[0-9a-f-]+\.cpio|motd\.dynamic\.new)$/.test(line),
  );
}

interface Vm {
  readonly id: string;
  readonly pid: number;
  readonly jail: string;
  readonly vcpu: number;
  readonly memoryMiB: number;
}

/** Emulation within emulation, beside others: a boot takes as long as it takes. */
const banger = (...args: readonly string[]): Promise<string> =>
  lab.user("u").ok(["banger", ...args], { timeout: 600_000 });
const show = (name: string): Promise<Vm> => lab.user("u").json<Vm>("vm", "show", name);

/** Answers of the helper to u, one for each operation. */
async function ask(requests: readonly (readonly [string, object])[]): Promise<readonly object[]> {
  const stdin = requests.map(([name, args]) => requestLine(name, args)).join("");
  const lines = await lab.user("u").ok(askHelper("/run/banger-root/helper.sock"), { stdin, timeout: 600_000 });
  return lines.split("\n").map((line) => JSON.parse(line) as object);
}

scenario(
  () => lab,
  "each VM's Firecracker has a user id, a root directory and a cgroup of its own",
  async () => {
    const u = lab.user("u");
    for (const [index, name] of names.entries())
      await banger("vm", "run", "--name", name, "--vcpu", `${index + 1}`, "--memory", "384M", "-d", ...boot);
    const uids = new Set<string>();
    for (const name of names) {
      const { id, pid, jail, vcpu } = await show(name);
      await lab.assertFirecracker(pid);
      const [, uid = ""] = /^Uid:\t(\d+)\t\1\t\1\t\1$/m.exec(await lab.get(`/proc/${pid}/status`)) ?? [];
      const status = await lab.get(`/proc/${pid}/status`);
      expect(status).toContain(`Gid:\t${uid}\t${uid}\t${uid}\t${uid}\n`);
      expect(status).toContain("CapEff:\t0000000000000000\n");
      expect(jail).toBe(`user id ${uid}`);
      uids.add(uid);
      // Its root is the jail, and nothing of the host is below it.
      const inside = await lab.ok(["ls", `/proc/${pid}/root/`]);
      expect(inside.split("\n").toSorted()).toEqual([
        ...["dev", "drive-modules", "drive-root", "drive-work", "firecracker", "firecracker.pid"],
        ...["initrd", "metrics.log", "run", "sockets", "vmlinux", "vmm.log"],
      ]);
      expect(await lab.ok(["stat", "-c", "%F %u %a", `/proc/${pid}/root/drive-root`])).toBe(
        `block special file ${uid} 600`,
      );
      expect((await lab.get(`/proc/${pid}/cgroup`)).trim()).toBe(`0::/banger/${id}`);
      const limit = (file: string): Promise<string> => lab.get(`/sys/fs/cgroup/banger/${id}/${file}`);
      expect(await limit("memory.max")).toBe(String((384 + 128) * 2 ** 20));
      expect(await limit("cpu.max")).toBe(`${(vcpu + 1) * 100_000} 100000`);
      expect(await limit("pids.max")).toBe(String(vcpu + 16));
      // The owner reaches its sockets, another user does not, and neither gets into the jail.
      const api = `/run/banger/${id}/jail/api.sock`;
      expect((await u.run(["test", "-w", api])).code).toBe(0);
      expect((await lab.user("v").run(["test", "-e", api])).code).toBe(1);
      for (const user of ["u", "v"])
        expect((await lab.user(user).run(["ls", "/var/lib/banger-root/jail"])).code).not.toBe(0);
    }
    expect(uids.size).toBe(2);
    expect(await banger("vm", "exec", "two", "--", "nproc")).toBe("2");
  },
  long,
);

scenario(
  () => lab,
  "a jailed VM outlives its daemon and the helper; one that is killed, started and deleted leaves nothing, and undoing it again does nothing",
  async () => {
    const u = lab.user("u");
    const vms = await Promise.all(names.map(show));
    await lab.ok(["systemctl", "kill", "--signal=KILL", "bangerd.service", "bangerd-root.service"]);
    await u.ok(["sh", "-c", "until banger vm list; do sleep 1; done"], { timeout: 120_000 });
    expect((await show("one")).pid).toBe(vms[0]!.pid);
    expect(await banger("vm", "exec", "one", "--", "echo", "here")).toBe("here");
    await banger("vm", "kill", "--signal", "TERM", "two");
    await banger("vm", "kill", "one");
    await banger("vm", "start", ...boot, "one");
    // What a hostile VMM could leave: a folder of its own that the owner may not even look into.
    const planted = `/run/banger/${vms[0]!.id}/jail/planted`;
    const uid = (await lab.ok(["stat", "-c", "%u", `/proc/${(await show("one")).pid}`])).trim();
    await lab.ok([
      "sh",
      "-ec",
      'install -d -m 700 -o "$1" "$0" "$0/below"; : > "$0/below/file"; chown "$1" "$0/below/file"',
      planted,
      uid,
    ]);
    await banger("vm", "delete", "--force", ...names);
    expect(await changed()).toEqual([]);
    const undos = vms.flatMap(({ id: vm }): [string, object][] => [
      ["jail.signal", { vm, signal: "KILL" }],
      ["jail.remove", { vm, uid: 60_578, files: [{ name: "x", from: `vms/${vm}/work.ext4`, write: true }] }],
      ["dm.remove", { vm }],
      ["loop.detach", { vm, role: "cow" }],
      ["loop.detach", { vm, role: "base" }],
    ]);
    for (const answer of await ask([...undos, ...undos])) expect(answer).toEqual({ value: null });
    expect(await changed()).toEqual([]);
  },
  long,
);

scenario(
  () => lab,
  "links, second names, others' files and others' user ids are refused, and the host stays as it was",
  async () => {
    const vm = "00112233445566aa";
    const digest = "ab".repeat(32);
    const dir = `${state}/vms/${vm}`;
    const at = { state, dir, digest, vm };
    const renamed = "/usr/local/bin/jailer-of-another-name";
    const script = `
      mkdir -p ${at.dir} /run/banger/${vm} ${state}/images/blobs/${digest} ${state}/real; cd ${dir}
      ln -s /etc/shadow root.cow; ln -s /etc shadow-dir; mkfifo pipe; mkdir folder; truncate -s 1M one; ln one two
      ln -s /etc/shadow ${state}/images/blobs/${digest}/rootfs.ext4
      mkdir -p ${state}/vms/00112233445566bb; truncate -s 1M ${state}/real/root.cow
      rmdir ${state}/vms/00112233445566bb; ln -s ${state}/real ${state}/vms/00112233445566bb`;
    await lab.user("u").ok(["sh", "-ec", script]);
    await lab.ok(["sh", "-ec", `install -m 600 /etc/shadow ${dir}/roots; ln -s /usr/bin/env ${renamed}`]);
    const shadow = await lab.ok([
      "sh",
      "-c",
      "ls -la /etc/shadow; getfacl -p /etc/shadow 2>&1; stat -c %Z /etc/shadow",
    ]);
    const untouched = await lab.inventory();

    const programs = { jailer: "/usr/local/bin/jailer", firecracker: "/usr/local/bin/firecracker" };
    const size = { vcpu: 1, memoryMiB: 128, tap: false };
    const jail = (from: string, more: object = {}): [string, object] => [
      "jail.create",
      { vm, uid: 60_999, files: [{ name: "x", from, write: from.startsWith("vms/") }], ...programs, ...size, ...more },
    ];
    const refused: readonly [string, object][] = [
      ["loop.attach", { vm, role: "cow" }],
      ["loop.attach", { vm: "00112233445566bb", role: "cow" }],
      ["loop.attach", { vm, role: "base", image: digest }],
      ["loop.attach", { vm, role: "base", image: `../${digest.slice(3)}` }],
      ["dm.create", { vm, sizeBytes: 2 ** 30 }],
      ...["root.cow", "pipe", "folder", "one", "roots", "../x", "shadow-dir/shadow"].map((file) =>
        jail(`vms/${vm}/${file}`),
      ),
      jail(`images/blobs/${digest}/rootfs.ext4`),
      jail("vms/00112233445566bb/root.cow"),
      ...[0, 999, 1000, 1001, 100_000, 65_534].map((uid) => jail("run/initrd", { uid })),
      jail("run/initrd", { jailer: "/home/u/jailer" }),
      jail("run/initrd", { firecracker: "/tmp/firecracker" }),
      jail("run/initrd", { jailer: "/usr/bin/env" }),
      jail("run/initrd", { jailer: renamed }),
      jail("run/initrd", { tap: true }),
      ["jail.start", { vm }],
      ["jail.signal", { vm, signal: "STKFLT" }],
    ];
    const answers = await ask(refused.flatMap((request) => [request, ["jail.remove", undo(vm, request)]]));
    for (const [index, request] of refused.entries()) {
      const told = JSON.stringify([request, answers[index * 2]]);
      expect(told).toMatch(/"code":"(PRIVILEGE_REFUSED|FILE_NOT_FOUND)"/);
    }
    expect(await changed(untouched)).toEqual([]);
    const now = await lab.ok(["sh", "-c", "ls -la /etc/shadow; getfacl -p /etc/shadow 2>&1; stat -c %Z /etc/shadow"]);
    expect(now).toBe(shadow);
    await lab.ok([
      "rm",
      "-rf",
      dir,
      renamed,
      `${state}/real`,
      `${state}/vms/00112233445566bb`,
      `${state}/images/blobs/${digest}`,
    ]);
  },
  long,
);

/** The undo of a jail that was asked for: what was made of it before it was refused goes. */
function undo(vm: string, [, args]: readonly [string, object]): object {
  const { files = [] } = args as { readonly files?: readonly { readonly from: string }[] };
  return { vm, uid: 60_999, files: files.filter(({ from }) => /^vms\/00112233445566aa\/[a-z.]+$/.test(from)) };
}
