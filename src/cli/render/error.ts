import { errorCodes } from "../../core/api/error-codes.ts";
import { asBangerError } from "../../core/api/errors.ts";
import { palette, printable } from "./style.ts";

/**
 * An error for people: the sentence, what helps to see why, what state things are in, what to do. Only INTERNAL shows a stack. Where
 * banger or the host failed (and not the request), the operation and the code follow, to be found in the daemon's log.
 */
export function renderError(thrown: unknown, color: boolean): string {
  const error = asBangerError(thrown);
  const { fail, dim } = palette(color);
  const internal = error.code === "INTERNAL";
  const lines = error.detail.map((line) => dim(printable(line)));
  if (internal && error.stack !== undefined) lines.push(...stackLines(error.stack).map(dim));
  if (error.state !== undefined) lines.push(printable(error.state));
  const hint = error.hint ?? (internal && error.operation !== undefined ? "banger daemon logs has more" : undefined);
  const trailer = errorCodes[error.code].http >= 500 ? dim(trailerOf(error.code, error.operation)) : "";
  if (hint !== undefined) lines.push(trailer === "" ? printable(hint) : `${printable(hint)}    ${trailer}`);
  else if (trailer !== "") lines.push(trailer);
  const message = printable(error.message, true).split("\n").join("\n  ");
  return [`${fail("banger:")} ${message}`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function trailerOf(code: string, operation: string | undefined): string {
  return operation === undefined ? `(code ${code})` : `(operation ${operation}, code ${code})`;
}

function stackLines(stack: string): string[] {
  return stack
    .split("\n")
    .map((line) => printable(line.trim()))
    .filter((line) => line.startsWith("at "));
}
