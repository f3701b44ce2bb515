/**
 * How packages get installed, decided without doing anything.
 * @typedef {{ uid: number, terminal: boolean, sudo: "absent" | "free" | "asks" }} Privilege
 *   `sudo` is "free" when `sudo -n true` works, "asks" when it wants a password
 * @typedef {{ kind: "run", commands: string[][] } | { kind: "paste", line: string }} Plan
 */

const quiet = ["env", "DEBIAN_FRONTEND=noninteractive"];
const apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"];

/**
 * @param {readonly string[]} packages
 * @param {Privilege} privilege
 * @returns {Plan}
 */
export function planInstall(packages, { uid, terminal, sudo }) {
  const update = [...apt, "update"];
  const install = [...apt, "install", "-y", "--no-install-recommends", ...packages];
  if (uid === 0)
    return {
      kind: "run",
      commands: [
        [...quiet, ...update],
        [...quiet, ...install],
      ],
    };
  if (sudo === "free" || (sudo === "asks" && terminal)) {
    return {
      kind: "run",
      commands: [
        ["sudo", ...quiet, ...update],
        ["sudo", ...quiet, ...install],
      ],
    };
  }
  const line = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  return { kind: "paste", line: sudo === "absent" ? `su -c '${line}'` : `sudo sh -c '${line}'` };
}

/**
 * Names out of `wanted` that dpkg does not know as installed.
 * @param {readonly string[]} wanted
 * @param {string} table output of `dpkg-query -W -f '${binary:Package} ${db:Status-Abbrev}\n'`
 * @returns {string[]}
 */
export function missingPackages(wanted, table) {
  const installed = new Set();
  for (const line of table.split("\n")) {
    const [name, status] = line.split(" ");
    // The second letter is what is there now; the first only what was asked for (`hi` is a held package).
    if (name && status?.[1] === "i") installed.add(name.replace(/:.*/, ""));
  }
  return wanted.filter((name) => !installed.has(name));
}
