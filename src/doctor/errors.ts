import { asBangerError } from "../core/api/errors.ts";

/** An error in one line, for a row. */
export function describeError(error: unknown): string {
  const { message, hint } = asBangerError(error);
  return hint === undefined ? message : `${message}: ${hint}`;
}
