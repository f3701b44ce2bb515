/** What the lab host is made of: an ordinary Debian server with the tools that banger and its tests call. Pure data. */
export const suite = "bookworm";

export const packages: readonly string[] = [
  ...[
    "systemd-sysv",
    "libpam-systemd",
    "dbus",
    "dbus-user-session",
    "udev",
    "systemd-resolved",
    "openssh-server",
    "sudo",
  ],
  ...["iproute2", "nftables", "iptables", "ufw", "conntrack", "iputils-ping", "iputils-arping", "passt", "slirp4netns"],
  ...["bind9-dnsutils", "tcpdump", "socat", "netcat-openbsd", "curl", "ca-certificates", "openssh-client", "rsync"],
  ...["qemu-system-x86", "dmsetup", "e2fsprogs", "kmod", "uidmap", "fdisk", "util-linux", "mount", "procps", "psmisc"],
  ...["apparmor", "git", "python3", "strace", "jq", "less", "xz-utils", "zstd", "busybox-static"],
];

/** Timers that would work in the middle of a scenario. */
const masked = [
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "systemd-networkd-wait-online.service",
  "getty@tty1.service",
];

export interface Keys {
  /** What everyone logs in with, as a line of authorized_keys. */
  readonly login: string;
  /** The host's own key in OpenSSH's form. */
  readonly host: string;
}

/** Files of the lab host beside its packages, by path. The payload's drive is mounted at /payload, where it is there. Pure. */
export function files({ login, host }: Keys): readonly { path: string; content: string; mode?: number }[] {
  return [
    { path: "etc/hostname", content: "lab\n" },
    { path: "etc/hosts", content: "127.0.0.1 localhost\n127.0.1.1 lab\n" },
    {
      path: "etc/fstab",
      content: "/dev/vda / ext4 rw,noatime 0 0\n/dev/vdb /payload ext4 ro,nofail 0 0\n",
    },
    {
      path: "etc/systemd/network/10-uplink.network",
      content:
        "[Match]\nDriver=virtio_net\nName=en*\n\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\nLinkLocalAddressing=no\n",
    },
    { path: "etc/ssh/ssh_host_ed25519_key", content: host, mode: 0o600 },
    {
      path: "etc/ssh/sshd_config.d/lab.conf",
      content: [
        ...["HostKey /etc/ssh/ssh_host_ed25519_key", "AuthorizedKeysFile /etc/ssh/lab_keys", "AcceptEnv *"],
        ...[
          "UseDNS no",
          "GSSAPIAuthentication no",
          "PrintMotd no",
          "PrintLastLog no",
          "MaxSessions 200",
          "MaxStartups 200",
          "",
        ],
      ].join("\n"),
    },
    { path: "etc/ssh/lab_keys", content: `${login}\n` },
    { path: "etc/sudoers.d/lab", content: "u ALL=(ALL) NOPASSWD: ALL\n", mode: 0o440 },
    { path: "etc/modprobe.d/lab.conf", content: "options kvm ignore_msrs=1 report_ignored_msrs=0\n" },
    { path: "var/lib/systemd/linger/u", content: "" },
  ];
}

/**
 * Run by a shell in the finished tree. `u` is an ordinary user in group kvm who may become root, `v` has nothing at all, and neither has a
 * password.
 */
export const script = [
  "useradd --create-home --shell /bin/bash --groups kvm u",
  "useradd --create-home --shell /bin/bash v",
  "systemctl enable --quiet systemd-networkd systemd-resolved ssh",
  `systemctl mask --quiet ${masked.join(" ")}`,
  "rm -f /etc/ssh/ssh_host_rsa_key* /etc/ssh/ssh_host_ecdsa_key*",
  "ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf",
  "ln -s /payload/banger /usr/local/bin/banger",
  "mkdir -p /payload /var/log/journal",
  "systemd-machine-id-setup",
].join("\n");
