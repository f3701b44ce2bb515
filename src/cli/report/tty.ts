import type { ErrorJson } from "../../core/api/errors.ts";
import type { ProgressEvent } from "../../core/api/events.ts";
import { fit, palette } from "../render/style.ts";
import { duration } from "../render/time.ts";
import { progressLine, stepHead } from "./lines.ts";
import { permanentLine } from "./plain.ts";
import type { Reporter, Write } from "./reporter.ts";

export interface TtyOptions {
  readonly color: boolean;
  readonly columns: () => number;
  /** Milliseconds, from any start. */
  readonly now: () => number;
}

interface Running {
  readonly head: string;
  readonly since: number;
  progress: Extract<ProgressEvent, { type: "step-progress" }> | null;
}

/** How often the moving lines are drawn anew, in milliseconds. */
const frame = 100;
/** From when on a running step shows its time, in milliseconds. */
const patience = 1000;

/** Finished steps stay as lines; below them the running ones move. */
export class TtyReporter implements Reporter {
  readonly #running = new Map<string, Running>();
  /** Moving lines that are on the screen; the cursor is at the end of the last one. */
  #drawn: readonly string[] = [];
  #timer: Timer | null = null;

  constructor(
    private readonly write: Write,
    private readonly options: TtyOptions,
  ) {}

  event(event: ProgressEvent): void {
    if (event.type === "timing") return;
    if (event.type === "step-start" || event.type === "step-progress") {
      const key = `${event.step} ${event.subject}`;
      let running = this.#running.get(key);
      if (running === undefined || event.type === "step-start") {
        running = { head: stepHead(event), since: this.options.now(), progress: null };
        this.#running.set(key, running);
      }
      if (event.type === "step-progress") running.progress = event;
      else this.#redraw("");
      this.#timer ??= setInterval(() => this.#redraw(""), frame);
      return;
    }
    if (event.type === "step-end") this.#running.delete(`${event.step} ${event.subject}`);
    const line = permanentLine(event, this.options.color);
    if (line !== null) this.#redraw(`${line}\n`);
  }

  error(_: ErrorJson, text: string): void {
    this.#redraw(`${text}\n`);
  }

  settle(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#running.clear();
    this.#redraw("");
    return this.write.settled();
  }

  /** Takes the moving lines off the screen, writes what stays, and puts the moving lines below it. */
  #redraw(permanent: string): void {
    const lines = this.#moving();
    if (permanent === "" && lines.join("\n") === this.#drawn.join("\n")) return;
    const up = this.#drawn.length > 1 ? `\u001B[${this.#drawn.length - 1}A` : "";
    const erase = this.#drawn.length > 0 ? `\r${up}\u001B[J` : "";
    this.#drawn = lines;
    this.write(erase + permanent + lines.join("\n"));
  }

  #moving(): string[] {
    const { dim } = palette(this.options.color);
    // One short of the edge: a full line would wrap, and could not be taken back.
    const width = Math.max(20, this.options.columns() - 1);
    return [...this.#running.values()].flatMap(({ head, since, progress }) => {
      const elapsed = this.options.now() - since;
      const time = elapsed < patience ? "" : `  ${duration(elapsed)}`;
      const first = `${fit(head, width - time.length)}${dim(time)}`;
      return progress === null ? [first] : [first, progressLine(progress, width)];
    });
  }
}
