import { z } from "zod";

/** Number of something that the sender of a message has: a function, or a signal that may be aborted. */
const ref = z.int().min(0);

/** How an error crosses: as one of ours where it has a code of the table. */
const failure = z.object({ message: z.string() }).loose();

/** What either side sends, one JSON object a line. Values are encoded as values.ts says. */
export const messageSchema = z.discriminatedUnion("k", [
  /** Calls a function of the receiver's; answered by `ok` or `fail` with the same id. */
  z.strictObject({ k: z.literal("call"), id: ref, to: ref, args: z.array(z.unknown()).max(8) }),
  z.strictObject({ k: z.literal("ok"), id: ref, value: z.unknown() }),
  z.strictObject({ k: z.literal("fail"), id: ref, error: failure }),
  /** A signal of the sender's is aborted. */
  z.strictObject({ k: z.literal("abort"), ref, reason: failure }),
  /** Functions of the receiver's that the sender has no use for any more. */
  z.strictObject({ k: z.literal("drop"), refs: z.array(ref).max(1000) }),
  /** Signals of the sender's that will never be aborted. */
  z.strictObject({ k: z.literal("gone"), refs: z.array(ref).max(1000) }),
]);

export type Message = z.output<typeof messageSchema>;

/** The function that each side has from the beginning: `(name, …arguments)`. */
export const rootRef = 0;

/** Longest line, in bytes. */
export const maxLine = 16 * 2 ** 20;
