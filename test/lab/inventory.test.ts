import { afterAll, beforeAll, expect } from "bun:test";
import { Lab } from "./lab.ts";
import { difference } from "./inventory.ts";
import { scenario } from "./scenario.ts";

let lab: Lab | undefined;
beforeAll(async () => {
  lab = await Lab.up();
});
afterAll(() => lab?.down());

/** As the kernel has it: owner rw, user 60578 r, group -, mask r, others -. */
const userMayRead = [
  "02000000",
  ...["01000600ffffffff", "02000400a2ec0000", "04000000ffffffff", "10000400ffffffff", "20000000ffffffff"],
].join("");

const make = `
ip tuntap add t0 mode tap; ip link add b0 type bridge; ip link set t0 master b0; ip address add 172.16.9.1/24 dev b0; ip link set b0 up
ip netns add n0
ip neighbour add 172.16.9.2 lladdr 02:00:00:00:00:02 dev b0
truncate -s 1M /root/back /root/mounted; losetup /dev/loop0 /root/back
dmsetup create d0 --table '0 2048 linear /dev/loop0 0'
nft add table inet t; iptables -A FORWARD -s 172.16.9.2 -j ACCEPT
mkdir /sys/fs/cgroup/c0; mkdir /root/m; mount -t tmpfs none /root/m
resolvectl dns b0 127.0.0.1:42069; sysctl -q net.ipv4.ip_forward=1
socat UNIX-LISTEN:/run/s.sock,fork PIPE > /dev/null 2>&1 & socat UDP-LISTEN:42069 PIPE > /dev/null 2>&1 & socat VSOCK-LISTEN:99 PIPE > /dev/null 2>&1 &
setpriv --reuid u unshare --user --net sleep 1000 > /dev/null 2>&1 &
mkdir -p /var/lib/banger/vms/x /root/.local/state/banger/vms/x
python3 -c 'import os; os.setxattr("/var/lib/banger/vms/x", "system.posix_acl_access", bytes.fromhex("${userMayRead}"))'
sleep 1
`;

scenario(
  () => lab!,
  "the inventory sees everything that a VM can leave on a host",
  async (lab) => {
    const before = await lab.inventory();
    expect(difference(before, await lab.inventory())).toEqual([]);
    await lab.ok(["sh", "-ec", make]);
    const found = difference(before, await lab.inventory());
    const kinds = new Set(found.map((line) => line.split(" ", 2)[1]));
    expect([...Object.keys(before)].filter((kind) => !kinds.has(kind))).toEqual([]);
    for (const one of [
      "bridgePorts t0 b0",
      "loops /dev/loop0",
      "deviceMapper d0",
      "cgroups /sys/fs/cgroup/c0",
      "mounts /root/m",
    ])
      expect(found.some((line) => line.startsWith(`+ ${one}`))).toBe(true);
    for (const path of ["/root/back", "/var/lib/banger/vms/x", "/root/.local/state/banger/vms/x", "/run/s.sock"])
      expect(found).toContain(`+ files ${path}`);
    expect(found).toContain("+ sockets /run/s.sock");
    expect(found).toContain("+ processes   u sleep 1000");
  },
);
