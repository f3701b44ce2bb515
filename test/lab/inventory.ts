import type { Account } from "./account.ts";

/** Sorted lines for each kind of thing. Where nothing was left behind, one from before equals one from after. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

/** What comes and goes by itself: login sessions, what systemd starts when it is asked something, and this look itself. */
const noise = {
  cgroups:
    "/(session|run)-[^/]*\\.(scope|service)|user(@|-)(0|1001)\\.|/systemd-(hostnamed|timedated|tmpfiles)|system-modprobe",
  mounts: "^/run/user/|^/proc/sys/fs/binfmt_misc|^/run/credentials/",
  unix: "^/run/user/(0|1001)/|@|^/run/systemd/",
  packet: "^p_(raw|dgr) .*:enp0s3$",
  processes:
    "sshd: |\\(sd-pam\\)|systemd --user|dbus-daemon --session|udev-worker|systemd-(udevd|hostnam|timedat|tmpfil)|sh -ec echo .?=== |ps axo|awk |grep |sed |sort$",
  files: "/state\\.db-(wal|shm)$|/session-[^/]*$|^/tmp/systemd-private|^/dev/pts/|^/root/\\.lesshst$",
};

/** Folders that are not looked into. */
const unwalked = [
  "/proc",
  "/sys",
  "/payload",
  "/var/log",
  "/var/tmp",
  "/var/lib/systemd",
  "/var/cache/apt",
  "/var/cache/ldconfig",
  "/run/user/0",
  "/run/user/1001",
  "/run/systemd",
  "/run/udev",
  "/run/log",
  "/run/utmp",
  "/run/sudo",
  "/run/credentials",
  "/dev/char",
  "/dev/disk",
  "/dev/block",
];

const without = (pattern: string): string => `{ grep -v -E '${pattern}' || true; }`;
const pruned = unwalked.map((path) => `-path ${path}`).join(" -o ");

/** What is asked for each kind of thing: the host's own tools, never banger. What changes by itself (counters, times, pids) is cut out. */
const questions: Readonly<Record<string, string>> = {
  links: "ip -o link | sed -E 's/^[0-9]+: //; s/[@:].*//'",
  addresses: "ip -o address | sed -E 's/^[0-9]+: //; s/ +valid_lft.*//; s/\\\\.*//; s/ dynamic / /'",
  routes: "ip route show table all | sed -E 's/ expires [0-9]+sec//'; ip rule",
  neighbours: "ip neighbour show nud permanent",
  bridgePorts: "bridge -o link | sed -E 's/^[0-9]+: ([^:@]+).* master ([^ ]+).*/\\1 \\2/'",
  namespaces:
    "ip netns; lsns --noheadings --raw --output TYPE,COMMAND --type net; lsns --noheadings --raw --output TYPE,COMMAND --type user",
  loops: "losetup --noheadings --list --output NAME,BACK-FILE",
  deviceMapper: "dmsetup ls | sed -E 's/[[:space:]].*//' | grep -v '^No$' || true",
  nft: "nft --stateless list ruleset",
  iptables: `{ iptables-save; ip6tables-save; } 2> /dev/null | ${without("^#")} | sed 's/\\[.*\\]//'`,
  cgroups: `find /sys/fs/cgroup -type d | ${without(noise.cgroups)}`,
  mounts: `findmnt --raw --noheadings --output TARGET,SOURCE,FSTYPE | ${without(noise.mounts)}`,
  sockets: `ss -Hlntuw0 | awk '{ print $1, $5 }' | ${without(noise.packet)}; ss -Hlx | awk '{ print $5 }' | ${without(noise.unix)}`,
  vsock: "ss -Hnl --vsock",
  processes: `ps axo ppid=,pid=,user=,args= | awk '$1 != 2 && $2 != 2 { $1 = $2 = ""; print }' | ${without(noise.processes)}`,
  files: `find / \\( ${pruned} \\) -prune -o -print | ${without(noise.files)}`,
  acls: `find /var/lib/banger /run/banger /root/.local/state/banger /home/*/.local/state/banger -exec ls -ld {} + 2> /dev/null | awk 'substr($1, 11, 1) == "+" { print $1, $NF }'`,
  resolved: "resolvectl dns; resolvectl domain",
  sysctls: "sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding; sysctl net.bridge 2> /dev/null || true",
};

export async function inventory(root: Account): Promise<Inventory> {
  // One shell for all: a command of its own costs tenths of a second in emulation.
  const parts = Object.entries(questions).map(([name, command]) => `echo "=== ${name}"; { ${command}; } | sort`);
  const text = await root.ok(["sh", "-ec", parts.join("\n")]);
  const sections = text.split(/^=== /m).slice(1);
  return Object.fromEntries(
    sections.map((section) => {
      const [name, ...lines] = section.split("\n");
      return [name!, lines.filter((line) => line.trim() !== "")];
    }),
  );
}

/** What one has and the other has not, a line each: `+ files /run/banger`. Pure. */
export function difference(before: Inventory, after: Inventory): readonly string[] {
  return Object.keys(before).flatMap((kind) => [
    ...lacking(after[kind] ?? [], before[kind] ?? []).map((line) => `+ ${kind} ${line}`),
    ...lacking(before[kind] ?? [], after[kind] ?? []).map((line) => `- ${kind} ${line}`),
  ]);
}

/** The lines of one list that are not in the other, as often as they are missing. */
function lacking(lines: readonly string[], others: readonly string[]): readonly string[] {
  const rest = new Map<string, number>();
  for (const line of others) rest.set(line, (rest.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const left = rest.get(line) ?? 0;
    rest.set(line, left - 1);
    return left <= 0;
  });
}
