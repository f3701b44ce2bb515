import { z } from "zod";

/** `[vmm.firecracker]` */
export const firecrackerConfig = z.strictObject({
  binary: z
    .string()
    .startsWith("/", "must be an absolute path")
    .optional()
    .meta({ description: "path of Firecracker's program", preset: "firecracker on PATH" }),
  jailer: z
    .string()
    .startsWith("/", "must be an absolute path")
    .optional()
    .meta({ description: "path of its jailer, used with root or an installed root helper", preset: "jailer on PATH" }),
  jail: z
    .enum(["auto", "always", "never"])
    .default("auto")
    .describe("whether Firecracker runs in a jail: auto is where it can"),
  jail_uids: z
    .string()
    .refine((text) => uidsOf(text).count > 0, "must be two user ids from 1000 up, like 60578-61183")
    // No distribution gives these to anybody, and systemd says so.
    .default("60578-61183")
    .describe("user ids for jails, one a VM; nobody else on the host may have them"),
  allow_vulnerable_jailer: z
    .boolean()
    .default(false)
    .describe("start a jailer of a version with a known escape all the same"),
});

/** A range of user ids; an empty one for a text that is none. Pure. */
export function uidsOf(range: string): { readonly first: number; readonly count: number } {
  const [first = 0, last = 0] = /^\d{4,10}-\d{4,10}$/.test(range) ? range.split("-").map(Number) : [];
  return { first, count: first >= 1000 && last <= 2_147_483_647 ? Math.max(last - first + 1, 0) : 0 };
}

export type FirecrackerConfig = z.output<typeof firecrackerConfig>;
