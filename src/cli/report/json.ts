import type { ErrorJson } from "../../core/api/errors.ts";
import type { ProgressEvent } from "../../core/api/events.ts";
import type { Reporter, Write } from "./reporter.ts";

/** Every event as one JSON line. */
export class JsonReporter implements Reporter {
  constructor(private readonly write: Write) {}

  event(event: ProgressEvent): void {
    this.write(`${JSON.stringify(event)}\n`);
  }

  error(error: ErrorJson): void {
    this.write(`${JSON.stringify({ type: "error", error })}\n`);
  }

  settle(): Promise<void> {
    return this.write.settled();
  }
}
