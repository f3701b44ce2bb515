import type { Account } from "./account.ts";

/** Sorted lines for each kind of thing. Where nothing was left behind, one from before equals one from after. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

/**
 * What is asked for each kind of thing: the host's own tools, never banger. What changes by itself (counters, times, pids) is cut out.
 */
const questions: Readonly<Record<string, string>> = {
  links: "ip -o link | sed -E 's/^[0-9]+: //; s/@.*//; s/:.*//'",
  addresses: "ip -o address | sed -E 's/^[0-9]+: //; s/ +valid_lft.*//; s/\\\\.*//'",
  routes: "ip route show table all | sed -E 's/ expires [0-9]+sec//'",
  bridgePorts: "bridge -o link | sed -E 's/^[0-9]+: ([^:@]+).* master ([^ ]+).*/\\1 \\2/'",
  namespaces: "ip netns; lsns --noheadings --output TYPE,COMMAND --type net,user 2>/dev/null | grep -v ' -- ' || true",
  loops: "losetup --noheadings --list --output NAME,BACK-FILE",
  deviceMapper: "dmsetup ls --noheadings 2>/dev/null | grep -v '^No devices' || true",
  nft: "nft --stateless list ruleset",
  iptables:
    "iptables-save 2>/dev/null | grep -v '^#' | sed 's/\\[.*\\]//'; ip6tables-save 2>/dev/null | grep -v '^#' | sed 's/\\[.*\\]//'",
  cgroups:
    "find /sys/fs/cgroup -type d | grep -v -E '/(session|run)-[0-9a-zr]+\\.(scope|service)|user@0|user-0|user@1001|user-1001|systemd-(hostnamed|timedated)' || true",
  mounts:
    "findmnt --raw --noheadings --output TARGET,SOURCE,FSTYPE | grep -v -E '^/run/user/|^/proc/sys/fs/binfmt_misc'",
  sockets:
    "ss --no-header --listening --numeric --tcp --udp --raw --packet --vsock | awk '{print $1, $5}'; ss --no-header --listening --unix | awk '{print $5}' | grep -v -E '^/run/user/0/|@'",
  processes:
    "ps axo ppid=,pid=,user=,args= | awk '$1 != 2 && $2 != 2 { $1 = $2 = \"\"; print }' | grep -v -E 'sshd: |\\(sd-pam\\)|lib/systemd/systemd --user|ps axo|awk |grep |sh -ec|sort|systemd-(hostnam|timedat|tmpfil)|dbus-daemon --session'",
  files:
    "find / -xdev \\( -path /proc -o -path /sys -o -path /var/log -o -path /var/cache -o -path /var/tmp -o -path /var/lib/systemd -o -path '*/.local/state/banger' \\) -prune -o -print; find /run /dev /tmp -xdev \\( -path /run/user/0 -o -path /run/systemd -o -path /run/udev -o -path /run/log -o -path /run/utmp -o -path /run/sudo \\) -prune -o -print",
  resolved: "resolvectl dns; resolvectl domain",
  sysctls: "sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.bridge 2>/dev/null || true",
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
    ...without(after[kind] ?? [], before[kind] ?? []).map((line) => `+ ${kind} ${line}`),
    ...without(before[kind] ?? [], after[kind] ?? []).map((line) => `- ${kind} ${line}`),
  ]);
}

/** The lines of one list that are not in the other, as often as they are missing. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const rest = new Map<string, number>();
  for (const line of others) rest.set(line, (rest.get(line) ?? 0) + 1);
  return lines.filter((line) => {
    const left = rest.get(line) ?? 0;
    rest.set(line, left - 1);
    return left <= 0;
  });
}
