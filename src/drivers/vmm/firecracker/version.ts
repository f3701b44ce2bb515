/** The first whose devices a guest finds through ACPI. */
const oldest = "1.8.0";
/** A jailer of these follows a symlink as root. */
const escaping = "<=1.13.1 || 1.14.0";

/** From what `firecracker --version` or `jailer --version` prints, without the suffix of a build of one's own; null when it says none. Pure. */
export function versionOf(text: string): string | null {
  return /^(?:Firecracker|Jailer) v(\d+\.\d+\.\d+)/m.exec(text)?.[1] ?? null;
}

/** Why that version cannot boot banger's guests; empty when it can. Pure. */
export function lackOf(version: string | null): string {
  if (version === null) return "it does not say its version";
  return Bun.semver.satisfies(version, `>=${oldest}`) ? "" : `version ${version} is too old: ${oldest} is needed`;
}

/** Whether a guest that has taken over its VMM may get out of the jailer of that version. Pure. */
export function hasKnownEscape(version: string): boolean {
  return Bun.semver.satisfies(version, escaping);
}
