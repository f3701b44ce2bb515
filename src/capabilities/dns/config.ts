import { z } from "zod";

/** `[capabilities.dns]` */
export const config = z.strictObject({
  enabled: z.boolean().default(true).describe("the names NAME.vm, and the ports of guests in user networks"),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("where banger's DNS server listens on 127.0.0.1, UDP and TCP")
    .meta({ preset: "42069; 42070 + uid % 20000 for an ordinary user's own daemon" }),
  forward_ports: z
    .boolean()
    .default(true)
    .describe("user networks: a loopback address for each VM, with the guest's TCP ports on it"),
  block: z
    .int()
    .min(0)
    .max(255)
    .optional()
    .describe("third octet of these addresses, 127.77.BLOCK.1 and on")
    .meta({ preset: "0; 1 + uid % 255 for an ordinary user" }),
});

export type DnsConfig = z.output<typeof config>;
