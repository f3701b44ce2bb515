import { z } from "zod";

/** `[vmm.qemu]` */
export const qemuConfig = z.strictObject({
  binary: z
    .string()
    .startsWith("/", "must be an absolute path")
    .optional()
    .meta({ description: "path of QEMU's program for x86_64", preset: "qemu-system-x86_64 on PATH" }),
});

export type QemuConfig = z.output<typeof qemuConfig>;
