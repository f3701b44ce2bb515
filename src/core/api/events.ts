import type { Json } from "./json.ts";

/** Progress as a typed union: tty, plain and json are reporters over the same events. */
export type ProgressEvent =
  /** The resolved size of the VM, before anything exists. */
  | { readonly type: "spec"; readonly vcpu: number; readonly memoryMiB: number; readonly diskBytes: number }
  /** A step begins: `step` is the verb in the first column (`image`, `kernel`, `start`, `stop`), `subject` what it is done to. */
  | { readonly type: "step-start"; readonly step: string; readonly subject: string; readonly detail?: string }
  /** How far the running step is; done and total in `unit` (`bytes`, `packages`, `files`), total absent where unknown. */
  | {
      readonly type: "step-progress";
      readonly step: string;
      readonly subject: string;
      readonly label: string;
      readonly done: number;
      readonly total?: number;
      readonly unit: string;
    }
  | {
      readonly type: "step-end";
      readonly step: string;
      readonly subject: string;
      readonly detail?: string;
      readonly ms: number;
    }
  | { readonly type: "notice"; readonly level: "info" | "warning"; readonly message: string }
  /** Where the time of a start went, in milliseconds since the operation began; for `--json`, the bench and the log. */
  | { readonly type: "timing"; readonly mark: string; readonly ms: number };

export type Emit = (event: ProgressEvent) => void;

/** What an operation's stream carries, one JSON object a line: progress, then exactly one end. */
export type OperationEvent =
  | ProgressEvent
  | { readonly type: "result"; readonly value: Json }
  | { readonly type: "error"; readonly error: Json };
