import type { Nic } from "../../../core/api/contributions.ts";
import type { ProcessIdentity } from "../../../core/api/host.ts";
import type { FirecrackerPaths } from "./paths.ts";

export interface FirecrackerSetup {
  readonly binary: string;
  /** Firecracker's id of the machine: a later daemon finds the process by it. */
  readonly marker: string;
  readonly paths: FirecrackerPaths;
  /** The process in whose user and network namespace the taps are; null for the host's own. */
  readonly namespace: ProcessIdentity | null;
}

/** Firecracker's command line. It starts with no machine. Pure. */
export function firecrackerArgv({ binary, marker, paths, namespace }: FirecrackerSetup): [string, ...string[]] {
  const own = [
    ...[binary, "--id", marker, "--api-sock", paths.api],
    // Told here, and not to the API: so not a line of its log is ever on the console.
    ...["--log-path", paths.log, "--level", "Warning", "--show-level"],
    ...["--metrics-path", paths.metrics],
  ] as [string, ...string[]];
  if (namespace === null) return own;
  // It becomes Firecracker itself, whose rights on files and on KVM stay those of the user.
  return ["nsenter", "--target", String(namespace.pid), "--user", "--net", "--preserve-credentials", "--", ...own];
}

/** The namespace that the machine's taps are in; null where that is the host's. Pure. */
export function namespaceOf(nics: readonly Nic[]): ProcessIdentity | null {
  for (const { backend } of nics)
    if (backend.kind === "tap" && backend.namespace !== undefined) return backend.namespace;
  return null;
}
