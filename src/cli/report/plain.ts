import type { ErrorJson } from "../../core/api/errors.ts";
import type { ProgressEvent } from "../../core/api/events.ts";
import { palette } from "../render/style.ts";
import { noticeLine, specLine, stepLine } from "./lines.ts";
import type { Reporter, Write } from "./reporter.ts";

/** One line for each step, when it ends. */
export class PlainReporter implements Reporter {
  constructor(
    private readonly write: Write,
    private readonly color = false,
  ) {}

  event(event: ProgressEvent): void {
    const line = permanentLine(event, this.color);
    if (line !== null) this.write(`${line}\n`);
  }

  error(_: ErrorJson, text: string): void {
    this.write(`${text}\n`);
  }

  settle(): Promise<void> {
    return this.write.settled();
  }
}

/** The line that an event leaves behind, or null for one that leaves none. */
export function permanentLine(event: ProgressEvent, color: boolean): string | null {
  if (event.type === "spec") return specLine(event);
  if (event.type === "step-end") return stepLine(event, palette(color));
  if (event.type === "notice") return noticeLine(event, palette(color));
  return null;
}
