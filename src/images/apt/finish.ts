import type { TreeEdit } from "../tree.ts";

/**
 * Units without a use in a micro-VM: they wait for what is not there, work for the host's disks, or start a program for what the
 * kernel does by itself when it is asked (modules behind device nodes) or the agent has done (the root's mount, entropy).
 */
const masked = [
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "getty@tty1.service",
  "modprobe@.service",
  "serial-getty@.service",
  "systemd-networkd-wait-online.service",
  "systemd-pstore.service",
  "systemd-random-seed.service",
  "systemd-remount-fs.service",
];

/** Each VM has host keys of its own, made at its first boot; RSA, slow to make and long unneeded, is left out. */
const hostKeys = `[Unit]
Description=Make the SSH host keys of this machine
Before=ssh.service
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key

[Install]
RequiredBy=ssh.service
`;

export interface DebianFinish {
  /** deb822 text that the guest's apt uses; null keeps what the build left. */
  readonly sources: string | null;
  /** Key files of those sources, by their path. */
  readonly keys: readonly { readonly path: string; readonly content: Uint8Array }[];
  /** apt settings that the guest keeps. */
  readonly settings: string;
}

/**
 * What is left to do to a fresh Debian tree before it is an image: nothing of this host or of the build stays, nothing that two
 * VMs must not share, no waiting at boot. Pure.
 */
export function debianFinish({ sources, keys, settings }: DebianFinish): readonly TreeEdit[] {
  const units = "etc/systemd/system";
  return [
    ...remove(
      "etc/ssh/ssh_host_*",
      "etc/hostname",
      "etc/resolv.conf",
      "var/lib/dbus/machine-id",
      "var/lib/systemd/random-seed",
    ),
    ...remove(
      "var/log/*.log",
      "var/log/apt/*",
      "var/cache/apt/*.bin",
      "var/lib/apt/lists/*",
      "etc/.pwd.lock",
      "root/.ssh",
    ),
    ...remove("etc/apt/apt.conf.d/00mmdebstrap", "etc/apt/apt.conf.d/99mmdebstrap"),
    { kind: "write", path: "etc/machine-id", content: "" },
    { kind: "write", path: "etc/fstab", content: "# banger mounts what the VM needs before the init starts\n" },
    { kind: "write", path: "etc/default/locale", content: "LANG=C.UTF-8\n" },
    { kind: "write", path: "etc/apt/apt.conf.d/50banger", content: `Acquire::Languages "none";\n${settings}` },
    ...(sources === null
      ? []
      : [
          ...remove("etc/apt/sources.list", "etc/apt/sources.list.d/*"),
          { kind: "write", path: "etc/apt/sources.list.d/debian.sources", content: sources } as const,
        ]),
    ...keys.map(({ path, content }) => ({ kind: "write", path: path.slice(1), content }) as const),
    ...masked.map((unit) => ({ kind: "link", path: `${units}/${unit}`, target: "/dev/null" }) as const),
    { kind: "write", path: `${units}/ssh-host-keys.service`, content: hostKeys },
    { kind: "link", path: `${units}/ssh.service.requires/ssh-host-keys.service`, target: "../ssh-host-keys.service" },
    // Newer than /usr: systemd has nothing to update at the first boot.
    ...["etc/.updated", "var/.updated"].map((path) => ({ kind: "write", path, content: "" }) as const),
  ];
}

function remove(...paths: string[]): TreeEdit[] {
  return paths.map((path) => ({ kind: "remove", path }));
}
