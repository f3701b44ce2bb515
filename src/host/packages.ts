import { BangerError } from "../core/api/errors.ts";

/** Names of the package that holds a program. */
export interface ProgramPackages {
  readonly debian: string;
  readonly fedora: string;
  readonly arch: string;
}

const everywhere = (name: string): ProgramPackages => ({ debian: name, fedora: name, arch: name });

/** Every program that banger may run and that a host may lack. */
export const programPackages: Readonly<Record<string, ProgramPackages>> = {
  "qemu-system-x86_64": { debian: "qemu-system-x86", fedora: "qemu-system-x86-core", arch: "qemu-system-x86" },
  "qemu-img": { debian: "qemu-utils", fedora: "qemu-img", arch: "qemu-img" },
  mke2fs: everywhere("e2fsprogs"),
  e2fsck: everywhere("e2fsprogs"),
  resize2fs: everywhere("e2fsprogs"),
  debugfs: everywhere("e2fsprogs"),
  mmdebstrap: everywhere("mmdebstrap"),
  "dpkg-deb": everywhere("dpkg"),
  "apt-get": everywhere("apt"),
  newuidmap: { debian: "uidmap", fedora: "shadow-utils", arch: "shadow" },
  newgidmap: { debian: "uidmap", fedora: "shadow-utils", arch: "shadow" },
  unshare: everywhere("util-linux"),
  flock: everywhere("util-linux"),
  setpriv: everywhere("util-linux"),
  losetup: everywhere("util-linux"),
  xz: { debian: "xz-utils", fedora: "xz", arch: "xz" },
  zstd: everywhere("zstd"),
  tar: everywhere("tar"),
  git: everywhere("git"),
  ip: { debian: "iproute2", fedora: "iproute", arch: "iproute2" },
  bridge: { debian: "iproute2", fedora: "iproute", arch: "iproute2" },
  nft: everywhere("nftables"),
  iptables: everywhere("iptables"),
  dmsetup: { debian: "dmsetup", fedora: "device-mapper", arch: "device-mapper" },
  pasta: everywhere("passt"),
  modprobe: everywhere("kmod"),
  depmod: everywhere("kmod"),
  ssh: { debian: "openssh-client", fedora: "openssh-clients", arch: "openssh" },
  "ssh-keygen": { debian: "openssh-client", fedora: "openssh", arch: "openssh" },
  resolvectl: { debian: "systemd-resolved", fedora: "systemd-resolved", arch: "systemd" },
};

/** One line on how to get a program, or undefined where banger does not know. */
export function installHint(program: string): string | undefined {
  const found = Object.hasOwn(programPackages, program) ? programPackages[program] : undefined;
  if (found === undefined) return undefined;
  const { debian, fedora, arch } = found;
  return `apt install ${debian} · dnf install ${fedora} · pacman -S ${arch}`;
}

export function toolMissing(program: string): BangerError {
  const name = program.slice(program.lastIndexOf("/") + 1);
  const where = program.includes("/") ? `there is no program ${program}` : `${program} is not installed`;
  return new BangerError("TOOL_MISSING", where, { hint: installHint(name) ?? `put ${name} on PATH` });
}
