import { z } from "zod";

/** Shapes that several operations share. They admit only what banger makes: names derived from a VM's id. */
export const vmId = z.string().regex(/^[0-9a-f]{16}$/);

/** Names of kernel objects of a VM. Pure; the kernel allows 15 bytes in the name of an interface. */
export const tapName = (id: string): string => `bt-${id.slice(0, 12)}`;
export const dmName = (id: string): string => `banger-${id}`;
