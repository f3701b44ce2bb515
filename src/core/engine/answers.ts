import { z } from "zod";
import type { Finding } from "../api/capability.ts";
import type { ProgressEvent } from "../api/events.ts";
import { plainText } from "../model/plain-text.ts";
import { environment } from "./contribution-schema.ts";
import { holdTo } from "./hold.ts";

/** For people: whatever steers a terminal is taken out. */
const words = (most: number) => z.string().max(most).transform(plainText);
const count = z.number().nonnegative();

const step = { step: words(32), subject: words(200) };
/** All but `spec`, which is told before anybody takes part. */
const event = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("step-start"), ...step, detail: words(500).optional() }),
  z.strictObject({
    type: z.literal("step-progress"),
    ...step,
    label: words(200),
    done: count,
    total: count.optional(),
    unit: words(32),
  }),
  z.strictObject({ type: z.literal("step-end"), ...step, detail: words(500).optional(), ms: count }),
  z.strictObject({ type: z.literal("notice"), level: z.enum(["info", "warning"]), message: words(2000) }),
  z.strictObject({ type: z.literal("timing"), mark: words(100), ms: count }),
]);

const finding = z.strictObject({
  row: words(60),
  status: z.enum(["pass", "warn", "fail"]),
  message: words(1000),
  detail: z.array(words(1000)).max(40).optional(),
  fix: z.array(words(1000)).min(1).max(64).optional(),
});

/** What capabilities answer and tell, held to its shape. Each throws CAPABILITY_FAILED, naming whom it is from. */
export function checkEvent(by: string, value: unknown): ProgressEvent {
  return holdTo(event, by, "an event", value) as ProgressEvent;
}

/** Rows of its own only: their names begin with the capability's. */
export function checkFindings(by: string, name: string, value: unknown): readonly Finding[] {
  const own = finding.refine(({ row }) => row === name || row.startsWith(`${name} `), {
    path: ["row"],
    error: `must be ${name}, or ${name} and more`,
  });
  return holdTo(z.array(own).max(100), by, "rows for doctor", value) as readonly Finding[];
}

export function checkEnvironment(by: string, value: unknown): Readonly<Record<string, string>> {
  return holdTo(environment, by, "variables of a command", value, 4 * 2 ** 20);
}

export function checkAddress(by: string, value: unknown): string | null {
  return holdTo(z.union([z.ipv4(), z.ipv6()]).nullable(), by, "an address", value ?? null);
}
