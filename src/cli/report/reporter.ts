import type { ErrorJson } from "../../core/api/errors.ts";
import type { ProgressEvent } from "../../core/api/events.ts";
import type { Io } from "../io.ts";
import { useColor } from "../render/color.ts";
import { JsonReporter } from "./json.ts";
import { PlainReporter } from "./plain.ts";
import { QuietReporter } from "./quiet.ts";
import { TtyReporter } from "./tty.ts";

/** Shows progress on stderr. Calls keep their order; nothing is sure to be on the screen before `settle`. */
export interface Reporter {
  event(event: ProgressEvent): void;
  /** An error of one of several things that were asked for; `text` is how it looks to people. */
  error(error: ErrorJson, text: string): void;
  /** Takes what moves off the screen and resolves when all is written; the reporter can be used again. */
  settle(): Promise<void>;
}

export function createReporter(io: Io, { json, quiet }: { readonly json: boolean; readonly quiet: boolean }): Reporter {
  const write = writer((text) => io.err(text));
  if (json) return new JsonReporter(write);
  if (quiet) return new QuietReporter(write);
  if (!io.isTerminal(2) || io.env["TERM"] === "dumb") return new PlainReporter(write, useColor(io, 2));
  return new TtyReporter(write, {
    color: useColor(io, 2),
    columns: () => io.size()?.columns ?? 80,
    now: () => performance.now(),
  });
}

/** Writes in order, one after the other, and says when everything is out. */
export type Write = ((text: string) => void) & { settled(): Promise<void> };

export function writer(out: (text: string) => Promise<void>): Write {
  let last: Promise<void> = Promise.resolve();
  const write = (text: string): void => void (last = last.then(() => out(text)));
  return Object.assign(write, { settled: () => last });
}
