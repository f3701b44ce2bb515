import { z } from "zod";

/** `[capabilities.nat]`; the flag sets `masquerade` for one VM. */
export const natConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .optional()
      .meta({ description: "whether every VM on a bridge has NAT unless made with --no-nat", preset: "false" }),
    masquerade: z
      .boolean()
      .optional()
      .meta({ description: "the same, as --nat and --no-nat set it for one VM", preset: "what enabled says" }),
  })
  // What is off by choice takes no part, but for a VM that asks for it.
  .transform(({ enabled, masquerade = enabled ?? false }) => ({
    enabled: enabled !== false || masquerade,
    masquerade,
  }));

export type NatConfig = z.output<typeof natConfig>;
