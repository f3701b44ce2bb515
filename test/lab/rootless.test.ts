// Firecracker for an ordinary user in group kvm: no sudo, no helper, no privilege on the host.
import { afterAll, beforeAll, expect } from "bun:test";
import type { Account } from "./account.ts";
import { difference, type Inventory } from "./inventory.ts";
import { Lab } from "./lab.ts";
import { scenario } from "./scenario.ts";

/** For several boots, in emulation, on a machine that has other work. */
const busyMs = 900_000;

let lab: Lab;
let u: Account;
let before: Inventory;
beforeAll(async () => {
  lab = await Lab.up();
  u = lab.user("u");
  // A restored host may be without its address for a moment.
  await lab.ok(["sh", "-c", "until ip -4 -brief address show enp0s3 | grep -q 10.0.2.15; do sleep 0.2; done"]);
  // What the first VM makes for all, keys, the store, the kernel's initramfs, is not its own.
  await u.banger("vm", "run", "--rm", "--", "true");
  before = await lab.inventory();
}, busyMs);
afterAll(() => lab.down());

interface Vm {
  readonly name: string;
  readonly state: string;
  readonly stateReason: string;
  readonly vmm: string;
  readonly accel: string | null;
  readonly vmmReason: string;
  readonly pid: number;
  readonly bootId: string;
}
const show = (name: string): Promise<Vm> => u.json<Vm>("vm", "show", name);
const inGuest = (name: string, script: string): Promise<string> =>
  u.banger("vm", "exec", name, "--", "bash", "-c", script);
const nothingLeft = async (): Promise<void> => expect(difference(before, await lab.inventory())).toEqual([]);

/** Fails unless that VM is the pinned Firecracker on KVM, as u, where the user is root and the network is the namespace's own. */
async function assertRootless(name: string): Promise<Vm> {
  const vm = await show(name);
  expect(vm).toMatchObject({ state: "running", vmm: "firecracker", accel: "kvm", vmmReason: "" });
  await lab.assertFirecracker(vm.pid);
  const status = await lab.get(`/proc/${vm.pid}/status`);
  expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
  const [own, hosts] = (await lab.ok(["readlink", `/proc/${vm.pid}/ns/net`, "/proc/1/ns/net"])).split("\n");
  expect(own).not.toBe(hosts);
  return vm;
}

scenario(
  () => lab,
  "vm run, detached, listed, with its ports; nothing of it is left when it is deleted",
  async () => {
    await u.banger("vm", "run", "--name", "bare", "-d");
    const { pid } = await assertRootless("bare");
    expect(await u.banger("vm", "list")).toMatch(/^bare +running/m);
    await u.banger("vm", "exec", "bare", "--", "systemctl", "is-system-running", "--wait");
    expect(await u.banger("vm", "ports", "bare")).toMatch(/\b22\b/);
    expect(await u.json("vm", "stats", "bare")).toBeTruthy();
    await u.banger("vm", "delete", "-f", "bare");
    expect((await lab.run(["test", "-e", `/proc/${pid}`])).code).toBe(1);
    await nothingLeft();
  },
  busyMs,
);

scenario(
  () => lab,
  "vm run exits as the guest's command does, two at once, and leaves nothing",
  async () => {
    const run = async (...command: string[]) => u.run(["banger", "vm", "run", "--rm", "--", ...command]);
    const [failing, killed] = await Promise.all([run("sh", "-c", "echo out; exit 42"), run("sh", "-c", "kill -9 $$")]);
    expect(failing).toMatchObject({ code: 42, stdout: "out\n" });
    expect(killed.code).toBe(137);
    expect((await run("no-such-program")).code).toBe(127);
    expect(await u.json("vm", "list")).toEqual([] as never);
    await nothingLeft();
  },
  busyMs,
);

scenario(
  () => lab,
  "what was written is there after stop and start; set, restart and kill",
  async () => {
    await u.banger("vm", "create", "--name", "life");
    await inGuest("life", "echo kept > /root/work; echo kept > /etc/root");
    await u.banger("vm", "stop", "life");
    expect((await show("life")).state).toBe("stopped");
    await u.banger("vm", "set", "life", "--vcpu", "2");
    await u.banger("vm", "start", "life");
    expect(await inGuest("life", "cat /root/work /etc/root; nproc")).toBe("kept\nkept\n2");
    const { bootId } = await assertRootless("life");
    await u.banger("vm", "restart", "life");
    const again = await assertRootless("life");
    expect(again.bootId).not.toBe(bootId);
    await u.banger("vm", "kill", "life");
    expect((await show("life")).state).toBe("stopped");
    expect(await u.banger("vm", "prune", "-f")).toContain("life");
    await nothingLeft();
  },
  busyMs,
);

scenario(
  () => lab,
  "a bad size, and one that Firecracker refuses, leave no VM",
  async () => {
    expect((await u.run(["banger", "vm", "run", "--rm", "--vcpu", "0", "--", "true"])).code).toBe(2);
    expect((await u.run(["banger", "vm", "create", "--name", "bad", "--memory", "1M"])).code).toBe(2);
    expect(await u.json("vm", "list")).toEqual([] as never);
    await nothingLeft();
  },
  busyMs,
);

scenario(
  () => lab,
  "the guest reaches the host's address and those behind it, not its loopback, and no other guest",
  async () => {
    await lab.ok(["sh", "-ec", served]);
    await Promise.all(["one", "two"].map((name) => u.banger("vm", "create", "--name", name)));
    // On a busy host pasta of 2023 may reset a connection that ends as it begins.
    const read = (address: string): string =>
      `for try in 1 2 3; do timeout 5 bash -c 'cat < /dev/tcp/${address}/7070' && exit; done; exit 1`;
    expect(await inGuest("one", read("10.0.2.15"))).toBe("from all");
    expect(await inGuest("one", read("198.51.100.2"))).toBe("from afar");
    for (const address of ["127.0.0.1", "10.98.76.1", "10.98.76.2", "10.98.76.5"])
      expect((await u.run(["banger", "vm", "exec", "one", "--", "bash", "-c", read(address)])).code).not.toBe(0);
    await lab.put("/tmp/forge.pl", forge);
    await lab.ok(["su", "u", "-c", "banger vm cp /tmp/forge.pl one:/root/forge.pl"], {
      env: { XDG_RUNTIME_DIR: "/run/user/1000", HOME: "/home/u" },
    });
    await inGuest("one", "ping -c 1 10.98.76.5 > /dev/null; perl /root/forge.pl");
    await Bun.sleep(2000);
    expect([...new Set((await lab.get("/tmp/heard")).trim().split("\n"))]).toEqual(["to 10.0.2.15"]);
    // Both have the same address, each in a network of its own.
    await inGuest("two", "(echo mine | timeout 20 nc -l -p 7070 || true) > /dev/null 2>&1 & true");
    expect((await u.run(["banger", "vm", "exec", "one", "--", "bash", "-c", read("10.98.76.6")])).code).not.toBe(0);
    await u.banger("vm", "delete", "-f", "one", "two");
    await lab.ok(["sh", "-c", unserved]);
    await nothingLeft();
  },
  busyMs,
);

scenario(
  () => lab,
  "kill -9 of Firecracker: the VM is stopped and starts again; kill -9 of the daemon: the next one adopts it",
  async () => {
    await u.banger("vm", "create", "--name", "hard");
    const first = await assertRootless("hard");
    await inGuest("hard", "echo synced > /root/data; sync");
    await lab.ok(["kill", "-9", String(first.pid)]);
    for (let look = 0; look < 100 && (await show("hard")).state !== "stopped"; look++) await Bun.sleep(100);
    expect((await show("hard")).stateReason).toContain(`pid ${first.pid}`);
    await u.banger("vm", "start", "hard");
    expect(await inGuest("hard", "cat /root/data")).toBe("synced");
    const second = await assertRootless("hard");

    const { pid } = await u.json<{ pid: number }>("daemon", "status");
    await lab.ok(["kill", "-9", String(pid)]);
    expect(await inGuest("hard", "cat /root/data; timeout 5 head -c 3 < /dev/tcp/10.0.2.15/22")).toBe("synced\nSSH");
    const adopted = await assertRootless("hard");
    expect([adopted.pid, adopted.bootId]).toEqual([second.pid, second.bootId]);
    await u.banger("vm", "stop", "hard");
    await u.banger("vm", "delete", "-f", "hard");
    await nothingLeft();
  },
  busyMs,
);

scenario(
  () => lab,
  "where Firecracker cannot be used QEMU is, and vm show and doctor say why",
  async () => {
    await u.banger("daemon", "stop");
    await u.ok(["sh", "-ec", 'mkdir -p ~/.config/banger; printf "%s" "$0" > ~/.config/banger/config.toml', elsewhere]);
    try {
      await u.banger("vm", "create", "--name", "other");
      const vm = await show("other");
      expect(vm).toMatchObject({ vmm: "qemu", accel: "kvm", vmmReason: "firecracker: there is no /opt/firecracker" });
      await lab.assertKvm(vm.pid);
      const doctor = await u.banger("doctor");
      expect(doctor).toMatch(/^warn +vmm +qemu \S+ will be used/m);
      expect(doctor).toContain("firecracker: there is no /opt/firecracker");
      await u.banger("vm", "delete", "-f", "other");
    } finally {
      await u.ok(["sh", "-c", "rm -r ~/.config/banger; rmdir --ignore-fail-on-non-empty ~/.config"]);
      await u.banger("daemon", "stop");
    }
    expect(await u.banger("doctor")).toMatch(/^ok +vmm +firecracker 1\.12\.1/m);
    expect(await u.banger("doctor")).toMatch(/^warn +firecracker +version 1\.12\.1/m);
    await u.banger("daemon", "start");
    await nothingLeft();
  },
  busyMs,
);

const elsewhere = `[vmm.firecracker]\nbinary = "/opt/firecracker"\n`;

/** Servers at the host's addresses and in a network behind it; what arrives at their UDP port is written to /tmp/heard. */
const served = `
ip netns add afar; ip link add near type veth peer name far netns afar
ip address add 198.51.100.1/24 dev near; ip link set near up
ip -n afar address add 198.51.100.2/24 dev far; ip -n afar link set far up
cd /tmp; touch heard
setsid socat TCP-LISTEN:7070,fork,reuseaddr SYSTEM:'echo from all' > /dev/null 2>&1 < /dev/null &
setsid ip netns exec afar socat TCP-LISTEN:7070,fork,reuseaddr SYSTEM:'echo from afar' > /dev/null 2>&1 < /dev/null &
setsid socat -u UDP-RECV:7071 OPEN:/tmp/heard,creat,append > /dev/null 2>&1 < /dev/null &
sleep 1
`;
const unserved = `pkill socat; ip netns delete afar; umount /run/netns; rmdir /run/netns; rm -f /tmp/heard /tmp/forge.pl; sleep 1`;

/** Sends UDP packets that no kernel would send, straight to the gateway: to loopback addresses, from addresses of others. */
const forge = `use strict; use Socket;
socket(my $s, 17, 3, 8) or die $!;
open(my $f, "<", "/sys/class/net/eth0/ifindex"); chomp(my $index = <$f>);
open($f, "<", "/sys/class/net/eth0/address"); chomp(my $mac = <$f>);
\`ip neigh show 10.98.76.5\` =~ /lladdr (\\S+)/ or die "no gateway";
my ($to, $from) = map { s/://gr } $1, $mac;
sub sum { my $b = shift; $b .= "\\0" if length($b) % 2; my $t = 0; $t += $_ for unpack("n*", $b);
  $t = ($t >> 16) + ($t & 0xffff); $t += $t >> 16; ~$t & 0xffff }
for my $target ("127.0.0.1", "127.0.0.2", "0.0.0.0", "10.98.76.1", "10.98.76.2", "10.98.76.5", "255.255.255.255", "10.0.2.15") {
  for my $source ("10.98.76.6", "127.0.0.1", "10.98.76.2", "0.0.0.0") {
    my ($a, $b, $text) = (inet_aton($source), inet_aton($target), "to $target\\n");
    my $udp = pack("nnnn", 5555, 7071, 8 + length $text, 0) . $text;
    substr($udp, 6, 2) = pack("n", sum($a . $b . pack("CCn", 0, 17, length $udp) . $udp));
    my $head = pack("CCnnnCCna4a4", 0x45, 0, 20 + length $udp, 1, 0, 64, 17, 0, $a, $b);
    substr($head, 10, 2) = pack("n", sum($head));
    send($s, pack("H12H12n", $to, $from, 0x800) . $head . $udp, 0, pack("SniSCCa8", 17, 0x800, $index, 0, 0, 6, pack("H*", $to))) or die $!;
  }
}
`;
