import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { eventually } from "../helpers/eventually.ts";
import { NetworkEnclosure } from "../helpers/network-enclosure.ts";
import { firewalls } from "../lab/network-world.ts";

const [a, b] = ["0123456789abcdef", "fedcba9876543210"] as const;
const mac = "02:01:23:45:67:89";
const shared = { gateway: "172.16.0.1", network: "172.16.0.0/24", mtu: 1400, guestToGuest: false };
const tap = (vm: string, address: string) => ({ vm, bridge: "br-fc", address });
const tapA = tap(a, "172.16.0.2");
const tapB = tap(b, "172.16.0.3");
const createA = ["tap.create", { ...tapA, ...shared }] as const;
const createB = ["tap.create", { ...tapB, ...shared }] as const;
const removeA = ["tap.remove", tapA] as const;
const removeB = ["tap.remove", tapB] as const;
const nat = (verb: string, vm: string = a) => [`nat.${verb}`, { vm }] as const;
const done = { value: null };
const added = { value: { obstacles: [] } };

let host: NetworkEnclosure;
beforeEach(async () => {
  host = await NetworkEnclosure.open();
});
afterEach(() => host.close());

const countOf = async (vm: string): Promise<number> => (await host.rules()).split(`banger ${vm}`).length - 1;

test("taps and their bridge come and go, each undo twice, and nothing is left", async () => {
  const before = await host.rules();
  expect(await host.operate(createA, createB, createA)).toMatchObject([
    { value: { tap: "bt-0123456789ab" } },
    { value: { tap: "bt-fedcba987654" } },
    { value: { tap: "bt-0123456789ab" } },
  ]);
  const link = await host.sh(
    "ip -d link show bt-0123456789ab; cat /proc/sys/net/ipv6/conf/{br-fc,bt-0123456789ab}/disable_ipv6",
  );
  expect(link).toMatch(/mtu 1400 .*master br-fc [^]*isolated on [^]*alias banger 0123456789abcdef\n1\n1$/);
  expect([await countOf(a), await countOf(b)]).toEqual([2, 2]);
  expect(await host.operate(removeA, removeA)).toMatchObject([done, done]);
  expect([await countOf(a), await countOf(b)]).toEqual([0, 2]);
  expect(await host.sh("ip -br address show br-fc")).toContain("172.16.0.1/24");
  expect(await host.operate(removeB, removeB, nat("remove"), nat("remove"))).toMatchObject([done, done, done, done]);
  expect(await host.rules()).toBe(before);
});

test("what is not banger's is refused, and nothing has changed", async () => {
  await host.sh("ip link add br-fc type bridge; ip tuntap add dev bt-0123456789ab mode tap");
  const before = await host.rules();
  const refused = { error: { code: "PRIVILEGE_REFUSED" } };
  expect(await host.operate(createB, removeA, createA, nat("add"))).toMatchObject([refused, refused, refused, refused]);
  expect(await host.rules()).toBe(before);
  expect(await host.operate(removeB)).toMatchObject([done]);
  await host.sh("ip link set br-fc alias banger");
  expect(await host.operate(createA)).toMatchObject([refused]);
  await host.sh("ip link del br-fc; ip address add 172.16.0.200/25 dev up1");
  expect(await host.operate(createB)).toMatchObject([
    {
      error: {
        code: "NETWORK_CLASH",
        message: "172.16.0.0/24 of the bridge br-fc clashes with the route 172.16.0.128/25 dev up1",
      },
    },
  ]);
});

test("a guest keeps to its own address and MAC, and reaches nothing of the host", async () => {
  await host.sh("ip address add 169.254.169.254/32 dev lo; ip address add 10.9.9.9/32 dev lo");
  await host.operate(createA, createB, nat("add"));
  for (const address of ["172.16.0.1", "10.9.9.9", "169.254.169.254"])
    await host.serve(address, address === "172.16.0.1" ? 80 : 81);
  await host.serve("198.51.100.1", 80, "outside");
  await host.attach("bt-0123456789ab", "172.16.0.2", mac);
  expect(await host.ask("198.51.100.1", 80)).toBe("192.0.2.2");
  expect(await host.ask("172.16.0.1", 80)).toBe("refused");
  expect(await host.ask("10.9.9.9", 81)).toBe("refused");
  expect(await host.ask("169.254.169.254", 81)).toBe("silence");
  expect(await host.ask("172.16.0.3", 80)).not.toContain("172");

  await host.sh(
    "ip address add 172.16.0.3/32 dev eth0; ip route replace default via 172.16.0.1 src 172.16.0.3",
    "guest",
  );
  expect(await host.ask("198.51.100.1", 80)).toBe("silence");
  await host.sh("ip route replace default via 172.16.0.1; ip address del 172.16.0.3/32 dev eth0", "guest");
  expect(await host.ask("198.51.100.1", 80)).toBe("192.0.2.2");
  await host.sh("ip link set eth0 address 02:00:00:00:00:99; ip route replace default via 172.16.0.1", "guest");
  expect(await host.ask("198.51.100.1", 80)).not.toContain("192");
}, 30_000);

test("a guest's frames in VLANs are dropped at its tap, whatever is in them", async () => {
  await host.operate(createA);
  await host.attach("bt-0123456789ab", "172.16.0.2", mac);
  const watch = [253, 254].map((protocol) => `add rule bridge watch input ip protocol ${protocol} counter`);
  const chain = "add chain bridge watch input { type filter hook input priority 0; }";
  await host.sh(`nft '${["add table bridge watch", chain, ...watch].join("; ")}'`);
  // From 172.16.0.2 to 172.16.0.1, of a protocol that nobody speaks.
  const packet = (protocol: number): string => {
    const header = Buffer.from(`450000140000000040000000ac100002ac100001`, "hex");
    header[9] = protocol;
    let sum = 0;
    for (let at = 0; at < 20; at += 2) sum += header.readUInt16BE(at);
    header.writeUInt16BE(~(sum + (sum >> 16)) & 0xffff, 10);
    return header.toString("hex") + "00".repeat(26);
  };
  const ends = `02fcac100001${mac.replaceAll(":", "")}`;
  await host.send(
    ...["81000000", "81000007", "88a80007", "88a8000781000007"].map((tag) => `${ends}${tag}0800${packet(254)}`),
    `${ends}0800${packet(253)}`,
  );
  const counted = async (): Promise<string> => (await host.sh("nft list table bridge watch")).replaceAll(/\s+/g, " ");
  await eventually(async () => (await counted()).includes("protocol 253 counter packets 1 "), 5000);
  expect(await counted()).toContain("protocol 254 counter packets 0 ");
}, 30_000);

test("the bridge learns no MAC but the guest's own, whatever its frames are for, and does not forget it", async () => {
  await host.operate(createA);
  await host.attach("bt-0123456789ab", "172.16.0.2", mac);
  const learned = (): Promise<string> => host.sh("bridge fdb show br br-fc dynamic | cut -d ' ' -f 1");
  const others = ["ffffffffffff", "02fcac100001", "0180c2000000", "0180c200000e"];
  await host.send(...others.map((ends, at) => `${ends}02fedcba987${at}88cc${"00".repeat(46)}`));
  await host.sh("echo question > /dev/udp/172.16.0.1/9", "guest");
  await eventually(async () => (await learned()).includes(mac), 5000);
  expect(await learned()).toBe(mac);
  expect(await host.sh("ip -d link show br-fc")).toContain(" ageing_time 3153600000 ");
}, 30_000);

test("NAT: seen under the host's address, once however often, off again, and nothing is left", async () => {
  const before = await host.rules();
  await host.operate(createA);
  const without = await host.rules();
  await host.serve("198.51.100.1", 80, "outside");
  await host.attach("bt-0123456789ab", "172.16.0.2", mac);
  expect(await host.ask("198.51.100.1", 80)).toBe("silence");
  expect(await host.operate(nat("add"), nat("add"))).toMatchObject([added, added]);
  expect(await countOf(a)).toBe(4);
  expect(await host.ask("198.51.100.1", 80)).toBe("192.0.2.2");

  await host.sh("ip route replace default via 203.0.113.1");
  expect(await host.ask("198.51.100.1", 80)).toBe("refused");
  expect(await host.operate(["nat.follow", {}])).toMatchObject([done]);
  expect(await host.ask("198.51.100.1", 80)).toBe("203.0.113.2");
  expect(await host.sh("cat /proc/sys/net/ipv4/conf/{up0,up1}/forwarding")).toBe("0\n1");

  await host.operate(nat("remove"));
  expect(await host.ask("198.51.100.1", 80)).toBe("silence");
  await host.sh("ip route replace default via 192.0.2.1");
  expect(await host.rules()).toBe(without);
  await host.operate(["nat.follow", {}], removeA);
  expect(await host.rules()).toBe(before);
}, 30_000);

test("forwarding that the host has for others stays on", async () => {
  await host.operate(createA, nat("add"));
  await host.sh("echo 1 > /proc/sys/net/ipv4/ip_forward");
  await host.operate(nat("remove"), removeA);
  expect(await host.sh("cat /proc/sys/net/ipv4/conf/{all,up0}/forwarding")).toBe("1\n1");
});

test("for an uplink's other neighbours the host is no router, unless it forwards everything", async () => {
  await host.sh(`
    ip netns add inner; ip link add lan0 type veth peer name lan1 netns inner
    ip address add 10.55.0.1/24 dev lan0; ip link set lan0 up
    ip -n inner address add 10.55.0.2/24 dev lan1; ip -n inner link set lan1 up
    nft 'add table ip watch; add chain ip watch forward { type filter hook forward priority 10; }
      add rule ip watch forward iifname "up0" oifname "lan0" counter'`);
  await host.sh("ip route add 10.55.0.0/24 via 192.0.2.2", "outside");
  const passed = async (): Promise<boolean> => {
    await host.sh("echo question > /dev/udp/10.55.0.2/9; sleep 0.2", "outside");
    return !(await host.sh("nft list table ip watch")).includes("counter packets 0 ");
  };
  await host.operate(createA, nat("add"));
  expect(await host.sh("cat /proc/sys/net/ipv4/conf/up0/forwarding")).toBe("1");
  expect(await passed()).toBe(false);
  await host.sh("echo 1 > /proc/sys/net/ipv4/ip_forward");
  await host.operate(["nat.follow", {}]);
  expect(await passed()).toBe(true);
}, 30_000);

test("whoever follows the routes is told when the host begins to forward", async () => {
  const program = `
    import { writeFileSync } from "node:fs";
    import { watchRoutes } from "${join(import.meta.dir, "../../src/host/route-watch.ts")}";
    const heard = Promise.withResolvers();
    watchRoutes(heard.resolve, new AbortController().signal);
    await Bun.sleep(50);
    writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
    setTimeout(() => heard.resolve("silence"), 5000);
    console.log((await heard.promise) === "silence" ? "silence" : "told");
    process.exit();`;
  expect(await host.sh(`${process.execPath} -e '${program}'`)).toBe("told");
});

for (const { name, load, place } of firewalls.filter(({ load }) => !load.startsWith("ufw"))) {
  test(`beside ${name}: an accept for each direction, and it works`, async () => {
    await host.sh(load);
    const before = await host.rules();
    await host.operate(createA, createB, nat("add"), nat("add"), nat("add", b));
    const accepts = (await host.rules()).split("\n").filter((line) => line.includes(`banger ${b}`) && place.test(line));
    expect(accepts).toHaveLength(2);
    await host.serve("198.51.100.1", 80, "outside");
    await host.attach("bt-0123456789ab", "172.16.0.2", mac);
    expect(await host.ask("198.51.100.1", 80)).toBe("192.0.2.2");
    await host.operate(nat("remove"), nat("remove", b), nat("remove"), removeA, removeB);
    expect(await host.rules()).toBe(before);
  }, 30_000);
}

test("rules that others have taken away are no obstacle to removal, and the next start makes them anew", async () => {
  const before = await host.rules();
  await host.operate(createA, createB, nat("add"));
  await host.sh("nft flush ruleset");
  expect(await host.operate(["nat.follow", {}], nat("remove"), removeA)).toMatchObject([done, done, done]);
  expect(await host.operate(createA, nat("add"))).toMatchObject([{ value: {} }, added]);
  expect(await countOf(a)).toBe(4);
  await host.operate(nat("remove"), removeA, removeB);
  // What said that forwarding had been off went with the rules.
  await host.sh("echo 0 > /proc/sys/net/ipv4/conf/up0/forwarding");
  expect(await host.rules()).toBe(before);
}, 30_000);
