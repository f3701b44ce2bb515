import type { Finding } from "../../../core/api/capability.ts";
import type { VmmProbe } from "../../../core/api/drivers.ts";
import { hasKnownEscape } from "./version.ts";

/** What is to be said of an installed Firecracker besides whether it can boot a guest. Pure. */
export function firecrackerFindings({ binary, version }: VmmProbe): readonly Finding[] {
  if (version === null || !hasKnownEscape(version)) return [];
  return [
    {
      row: "firecracker",
      status: "warn",
      message: `version ${version} comes with a jailer that a guest may get out of`,
      detail: [
        `${binary} itself is not affected; banger does not start that version's jailer`,
        "install 1.13.2, or 1.14.1 or later, from Firecracker's releases",
      ],
    },
  ];
}
