import { afterAll, beforeAll, expect } from "bun:test";
import { difference, type Inventory } from "./inventory.ts";
import { Lab } from "./lab.ts";
import { firewalls, outside, type Firewall } from "./network-world.ts";
import { scenario } from "./scenario.ts";

/** Emulation within emulation, beside others. */
const long = 900_000;
const boot = ["--boot-timeout", "120s"];

let lab: Lab;
let before: Inventory;

beforeAll(async () => {
  lab = await Lab.up();
  await lab.ok(["sh", "-ec", outside]);
  await lab.banger("daemon", "start");
  before = await lab.inventory();
}, long);
afterAll(() => lab?.down());

const sh = (script: string): Promise<string> => lab.ok(["sh", "-ec", script], { timeout: long });

/** In the guest, whatever it ends with. Lines of `NAME=…` become the answer. */
async function inGuest(vm: string, script: string): Promise<Readonly<Record<string, string>>> {
  const text = await lab.ok(["banger", "vm", "exec", vm, "--", "bash", "-c", `${script}\n:`], { timeout: 180_000 });
  return Object.fromEntries([...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]));
}

/** What the server outside says who asked it; empty where it was not reached. */
const asked = "$(curl -s -m 8 http://198.51.100.1/)";
const seen = async (vm: string): Promise<string> => (await inGuest(vm, `echo seen=${asked}`))["seen"]!;

/** How a connection to an address and a port of the host ends. */
const tries = (name: string, address: string, port: number): string =>
  `timeout 5 bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null && echo ${name}=open || echo ${name}=closed`;
const pings = (name: string, words: string): string =>
  `ping -c 2 -W 3 ${words} >/dev/null 2>&1 && echo ${name}=yes || echo ${name}=no`;

const idOf = async (vm: string): Promise<string> => (await lab.json<{ id: string }>("vm", "show", vm)).id;
/** Every rule and what it turns on; an iptables of the old kind only where there is one. */
const rulesets = (): Promise<string> =>
  sh(`{ nft --stateless list ruleset; iptables-save
    if grep -q filter /proc/net/ip_tables_names; then iptables-legacy-save; fi; } | grep -v '^#' | sed 's/\\[.*//'
    sysctl net.ipv4.conf.up0.forwarding`);
const countOf = async (id: string): Promise<number> => (await rulesets()).split(`banger ${id}`).length - 1;

scenario(
  () => lab,
  "a guest with NAT is seen outside under the host's address, on Firecracker; one without reaches nothing, on QEMU",
  async () => {
    await lab.ok(
      ["banger", "vm", "run", "-d", "--name", "a", "--vmm", "firecracker", "--network", "bridge", "--nat", ...boot],
      { timeout: long },
    );
    await lab.ok(["banger", "vm", "run", "-d", "--name", "b", "--vmm", "qemu", "--network", "bridge", ...boot], {
      timeout: long,
    });
    await lab.assertFirecracker(Number(await lab.ok(["pgrep", "-x", "firecracker"])));
    expect(await seen("a")).toBe("192.0.2.2");
    expect(await seen("b")).toBe("");
    expect(await sh("ip -o link show master br-fc | wc -l; cat /proc/sys/net/ipv6/conf/br-fc/disable_ipv6")).toBe(
      "2\n1",
    );
  },
  long,
);

scenario(
  () => lab,
  "a guest reaches nothing of the host but a ping's answer, no metadata, and not the other guest",
  async () => {
    await sh(
      "ip address add 169.254.169.254/32 dev lo; (setsid python3 -m http.server --bind 169.254.169.254 80 >/dev/null 2>&1 </dev/null &)",
    );
    const other = "172.16.0.3";
    const found = await inGuest(
      "a",
      [
        pings("gateway", "172.16.0.1"),
        tries("ssh", "172.16.0.1", 22),
        tries("lan", "10.0.2.15", 22),
        tries("uplink", "192.0.2.2", 22),
        tries("metadata", "169.254.169.254", 80),
        pings("neighbour", other),
        `ip route add ${other} via 172.16.0.1`,
        pings("routed", other),
        `ip route del ${other} via 172.16.0.1`,
      ].join("\n"),
    );
    expect(found).toEqual({
      gateway: "yes",
      ssh: "closed",
      lan: "closed",
      uplink: "closed",
      metadata: "closed",
      neighbour: "no",
      routed: "no",
    });
    expect(await sh("ping -c 1 -W 5 172.16.0.2 >/dev/null && ping -c 1 -W 5 172.16.0.3 >/dev/null && echo yes")).toBe(
      "yes",
    );
    await sh("ip address del 169.254.169.254/32 dev lo; pkill -f '[h]ttp.server --bind 169.254'");
  },
  long,
);

scenario(
  () => lab,
  "a guest cannot take another's address or MAC, nor a free one, and no answer of ARP for them comes from it",
  async () => {
    const found = await inGuest(
      "a",
      [
        "for address in 172.16.0.3 172.16.0.77; do ip address add $address/32 dev eth0; done",
        pings("taken", "-I 172.16.0.3 172.16.0.1"),
        pings("free", "-I 172.16.0.77 172.16.0.1"),
        "sleep 20 & echo",
      ].join("\n"),
    );
    expect(found).toMatchObject({ taken: "no", free: "no" });
    // The guest answers for its new address; nobody hears it.
    expect((await lab.run(["arping", "-c", "3", "-w", "5", "-I", "br-fc", "172.16.0.77"])).code).not.toBe(0);
    const mac = await inGuest(
      "a",
      [
        "for address in 172.16.0.3 172.16.0.77; do ip address del $address/32 dev eth0; done",
        "own=$(cat /sys/class/net/eth0/address)",
        "ip link set eth0 down; ip link set eth0 address 02:00:00:00:00:99; ip link set eth0 up",
        pings("other", "172.16.0.1"),
        "ip link set eth0 down; ip link set eth0 address $own; ip link set eth0 up; ip route replace default via 172.16.0.1",
        pings("own", "172.16.0.1"),
      ].join("\n"),
    );
    expect(mac).toEqual({ other: "no", own: "yes" });
  },
  long,
);

scenario(
  () => lab,
  "NAT goes off and on while the VM runs, and what goes leaves no trace",
  async () => {
    const id = await idOf("b");
    const without = await rulesets();
    await lab.banger("vm", "set", "b", "--nat");
    expect(await seen("b")).toBe("192.0.2.2");
    await lab.banger("vm", "set", "b", "--no-nat");
    expect(await seen("b")).toBe("");
    expect(await rulesets()).toBe(without);
    // Its tap and its addresses.
    expect(await countOf(id)).toBe(2);
    // A guest with NAT would get its accepts with the next one's.
    await lab.banger("vm", "set", "a", "--no-nat");
  },
  long,
);

for (const firewall of firewalls) {
  scenario(
    () => lab,
    `beside ${firewall.name}: an accept for each direction, where it belongs, and it works`,
    async () => beside(firewall),
    long,
  );
}

async function beside({ load, unload, place }: Firewall): Promise<void> {
  const id = await idOf("b");
  await sh(load);
  const without = await rulesets();
  await lab.banger("vm", "set", "b", "--nat");
  const rules = (await rulesets()).split("\n").filter((line) => line.includes(`banger ${id}`));
  expect(rules.filter((line) => place.test(line))).toHaveLength(2);
  expect(await seen("b")).toBe("192.0.2.2");
  await lab.banger("vm", "set", "b", "--no-nat");
  expect(await seen("b")).toBe("");
  expect(await rulesets()).toBe(without);
  await sh(unload);
}

scenario(
  () => lab,
  "the uplink is followed when the default route changes, also by the daemon that comes after one that was killed",
  async () => {
    await lab.banger("vm", "set", "a", "--nat");
    await sh("ip route del default");
    await sh("ip route add default via 203.0.113.1");
    await sh("for i in $(seq 50); do nft list set inet banger uplinks | grep -q up1 && break; sleep 0.2; done");
    expect(await seen("a")).toBe("203.0.113.2");
    expect(await sh("cat /proc/sys/net/ipv4/conf/up0/forwarding /proc/sys/net/ipv4/conf/up1/forwarding")).toBe("0\n1");
    const { pid } = await lab.json<{ pid: number }>("daemon", "status");
    await lab.ok(["kill", "-9", String(pid)]);
    await sh("ip route replace default via 192.0.2.1");
    await lab.banger("vm", "list");
    await sh("for i in $(seq 100); do nft list set inet banger uplinks | grep -q up0 && break; sleep 0.2; done");
    expect(await seen("a")).toBe("192.0.2.2");
    expect(await countOf(await idOf("a"))).toBe(4);
  },
  long,
);

scenario(
  () => lab,
  "started again its rules are there once; [network] guest_to_guest lets guests reach each other, and nothing else",
  async () => {
    const [a, b] = [await idOf("a"), await idOf("b")];
    await lab.ok(["banger", "vm", "stop", "a", "b"], { timeout: long });
    expect(await sh("nft list tables | grep -c banger || true; ip -o link | grep -c 'br-fc\\|bt-' || true")).toBe(
      "0\n0",
    );
    await sh("mkdir -p /root/.config/banger");
    await lab.put("/root/.config/banger/config.toml", "[network]\nguest_to_guest = true\n");
    await lab.banger("daemon", "stop");
    await lab.ok(["banger", "vm", "start", "a", "b", ...boot], { timeout: long });
    expect([await countOf(a), await countOf(b)]).toEqual([4, 2]);
    expect(await seen("a")).toBe("192.0.2.2");
    const found = await inGuest("b", [pings("neighbour", "172.16.0.2"), tries("ssh", "172.16.0.1", 22)].join("\n"));
    expect(found).toEqual({ neighbour: "yes", ssh: "closed" });
  },
  long,
);

scenario(
  () => lab,
  "a VMM that is killed takes its rules with it; after the last delete the host is as it was",
  async () => {
    const a = await idOf("a");
    await sh("kill -9 $(pgrep -x firecracker)");
    await sh(`for i in $(seq 100); do nft list ruleset | grep -q 'banger ${a}' || break; sleep 0.2; done`);
    expect(await countOf(a)).toBe(0);
    await lab.ok(["banger", "vm", "delete", "--force", "a", "b"], { timeout: long });
    await sh("rm -r /root/.config/banger; rmdir --ignore-fail-on-non-empty /root/.config");
    // The first VM makes what all of them boot with; the old iptables makes its lock and keeps it.
    const kept = /^\+ files (\/root\/\.cache\/banger\/initramfs-|\/run\/xtables\.lock$)/;
    expect(difference(before, await lab.inventory()).filter((line) => !kept.test(line))).toEqual([]);
    expect(await sh("cat /proc/sys/net/ipv4/conf/up0/forwarding /proc/sys/net/ipv4/conf/up1/forwarding")).toBe("0\n0");
  },
  long,
);

scenario(
  () => lab,
  "what cannot be is refused in one line: a bridge of others, a network that is taken, a user without root",
  async () => {
    const refused = async (user = "root"): Promise<string> => {
      const run = await lab.run(["banger", "vm", "run", "--network", "bridge", "--name", "c", "--", "true"], {
        user,
        timeout: long,
      });
      expect(run.code).toBe(125);
      return run.stderr;
    };
    await sh("ip link add br-fc type bridge");
    expect(await refused()).toContain("the interface br-fc is not banger's: it has no alias");
    await sh(
      "ip link del br-fc; ip link add away0 type dummy; ip address add 172.16.0.9/16 dev away0; ip link set away0 up",
    );
    expect(await refused()).toContain(
      "172.16.0.0/24 of the bridge br-fc clashes with the route 172.16.0.0/16 dev away0",
    );
    expect(
      await sh("banger doctor --json | grep -c 'NETWORK_CLASH' || true; nft list tables | grep -c banger || true"),
    ).toBe("0\n0");
    await sh("ip link del away0");
    expect(await refused("u")).toContain("the network bridge needs root");
  },
  long,
);
