/**
 * apt's `Acquire` settings out of `apt-config dump` (`Acquire::http::Proxy "…";` a line), as text for an apt.conf.
 * Left out is what steers which indexes are fetched: a build needs the packages' only.
 */
export function acquireSettings(dump: string): string {
  const lines = dump.split("\n").filter((line) => /^Acquire::[^ ]+ ".+";$/.test(line));
  return lines
    .filter((line) => !/^Acquire::Allow\w+ "0"/.test(line)) // apt's own defaults
    .filter((line) => !/^Acquire::(IndexTargets|Languages|GzipIndexes|CompressionTypes|Changelogs|cdrom)\b/i.test(line))
    .map((line) => `${line}\n`)
    .join("");
}

/**
 * Those of the settings that mean the same inside a guest: none that names a file or a program of this host, and no proxy,
 * which the guest may not reach and whose address may carry a password.
 */
export function guestSettings(settings: string): string {
  return settings
    .split("\n")
    .filter((line) => line !== "" && !/proxy|::(CaInfo|CaPath|Ssl|IssuerCert|CrlFile)|"\//i.test(line))
    .map((line) => `${line}\n`)
    .join("");
}
