import { asBangerError, type ErrorJson } from "../../core/api/errors.ts";
import type { Emit, ProgressEvent } from "../../core/api/events.ts";
import type { Args, Output } from "../command.ts";
import type { Context } from "../context.ts";
import { renderError } from "../render/error.ts";
import { cancellable, type Action } from "./operate.ts";

/** What became of one of several references. */
export type Result<T> =
  | { readonly reference: string; readonly value: T; readonly error?: undefined }
  | { readonly reference: string; readonly error: ErrorJson; readonly value?: undefined };

/**
 * Does something to several VMs or images at once. Progress and errors are shown in the order given; one that fails does not keep the others from
 * being done. Exit 1 when any failed.
 */
export async function forEach<T>(
  ctx: Context<Args>,
  references: readonly string[],
  action: Action<T>,
): Promise<Output> {
  const results = await cancellable(ctx, async (signal) => {
    const jobs = [...new Set(references)].map((reference) => {
      const held = holdBack();
      const end = action(reference, held.emit, signal).then(
        (value): Result<T> => ({ reference, value }),
        (thrown: unknown): Result<T> => {
          const error = asBangerError(thrown);
          held.later(() => ctx.reporter.error(error.toJSON(), renderError(error, ctx.color(2))));
          return { reference, error: error.toJSON() };
        },
      );
      return { held, end };
    });
    const ended: Result<T>[] = [];
    for (const { held, end } of jobs) {
      held.open((event) => ctx.reporter.event(event));
      ended.push(await end);
    }
    return ended;
  });
  return { json: results, text: () => "", exit: results.some(({ error }) => error !== undefined) ? 1 : 0 };
}

/** Keeps events, and what is to happen after them, until its turn has come. */
function holdBack(): { emit: Emit; later(step: () => void): void; open(sink: Emit): void } {
  const steps: (() => void)[] = [];
  let sink: Emit | null = null;
  const later = (step: () => void): void => {
    if (sink === null) steps.push(step);
    else step();
  };
  return {
    later,
    emit: (event: ProgressEvent) => later(() => sink?.(event)),
    open(to) {
      sink = to;
      for (const step of steps) step();
    },
  };
}
