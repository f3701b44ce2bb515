/**
 * @typedef {{ platform: string, arch: string, osRelease: string | undefined }} Machine
 */

/**
 * `ID` first, then the families of `ID_LIKE`; empty where there is no os-release.
 * @param {string | undefined} osRelease text of /etc/os-release
 * @returns {string[]}
 */
export function distributions(osRelease) {
  const field = (/** @type {string} */ key) =>
    new RegExp(`^${key}=["']?([^"'\n]*)`, "m").exec(osRelease ?? "")?.[1] ?? "";
  return `${field("ID")} ${field("ID_LIKE")}`.split(" ").filter(Boolean);
}

/**
 * Why banger can't be set up on this machine; undefined when it can.
 * @param {Machine} machine
 * @returns {string | undefined}
 */
export function unsupported({ platform, arch, osRelease }) {
  if (platform !== "linux") return `banger runs on Linux only, and this is ${platform}`;
  if (arch !== "x64") {
    return `banger runs on amd64 only (its VMMs, guest agent, kernels and images are amd64), and this is ${arch}`;
  }
  const names = distributions(osRelease);
  if (names.includes("debian") || names.includes("ubuntu")) return undefined;
  return `set-up knows Debian and Ubuntu, and this is ${names[0] ?? "neither"}`;
}
