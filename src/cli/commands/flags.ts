import type { Args } from "../command.ts";

/** Flags that several commands share. */
export const jsonFlag = {
  json: { type: "boolean", description: "Print JSON" },
} as const satisfies Args;

/** For long work: progress as JSON lines on stderr. */
export const outputFlags = {
  quiet: { type: "boolean", alias: "q", description: "No progress", group: "Output" },
  json: { type: "boolean", description: "One JSON object at the end, events as JSON lines on stderr", group: "Output" },
} as const satisfies Args;

export const vmReference = {
  name: {
    type: "positional",
    description: "A VM's name, id, or the beginning of its id",
    required: true,
    completes: "vm",
  },
} as const satisfies Args;

export const runningVmReference = {
  name: { ...vmReference.name, completes: "running-vm" },
} as const satisfies Args;

export const vmReferences = {
  name: {
    type: "positional",
    description: "Names, ids, or beginnings of ids",
    required: true,
    multiple: true,
    completes: "vm",
  },
} as const satisfies Args;
