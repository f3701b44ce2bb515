import type { ErrorJson } from "../../core/api/errors.ts";
import type { Reporter, Write } from "./reporter.ts";

/** Nothing but errors. */
export class QuietReporter implements Reporter {
  constructor(private readonly write: Write) {}

  event(): void {}

  error(_: ErrorJson, text: string): void {
    this.write(`${text}\n`);
  }

  settle(): Promise<void> {
    return this.write.settled();
  }
}
