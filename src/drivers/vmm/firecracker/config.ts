import { z } from "zod";

/** `[vmm.firecracker]` */
export const firecrackerConfig = z.strictObject({
  binary: z
    .string()
    .startsWith("/", "must be an absolute path")
    .optional()
    .meta({ description: "path of Firecracker's program", preset: "firecracker on PATH" }),
});

export type FirecrackerConfig = z.output<typeof firecrackerConfig>;
