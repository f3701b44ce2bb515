import { z } from "zod";
import { stages } from "../core/api/participant.ts";

const names = z.array(z.string().min(1).max(64)).max(200);

/** What a plugin's process says of the code that it has loaded. */
export const descriptionSchema = z.strictObject({
  stages: z.array(z.enum(stages)),
  undos: names,
  queries: names,
  /** Which of the other members it has. */
  members: names,
  /** What its configuration takes, as JSON Schema; null where its schema does not tell. */
  config: z.record(z.string(), z.json()).nullable(),
});

export type Description = z.output<typeof descriptionSchema>;
