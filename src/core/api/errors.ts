import { errorCodes, type ErrorCodeName } from "./error-codes.ts";
import type { Json } from "./json.ts";

export interface ErrorOptions {
  /** What the user can do about it: one line, a command where there is one. */
  readonly hint?: string;
  /** Lines shown as they are under the message: a pasteable command and its stderr, a list of matches. */
  readonly detail?: readonly string[];
  /** What state things are in now ("what was set up for brave-otter has been undone"). */
  readonly state?: string;
  readonly operation?: string;
  readonly cause?: unknown;
}

/** An error as it travels over the daemon's socket and appears in `--json`. */
export interface ErrorJson {
  readonly code: ErrorCodeName;
  readonly message: string;
  readonly hint?: string;
  readonly detail?: readonly string[];
  readonly state?: string;
  readonly operation?: string;
}

/** The one error class: a code of the table, a sentence without a full stop, and what helps. */
export class BangerError extends Error {
  override readonly name = "BangerError";
  readonly hint: string | undefined;
  readonly detail: readonly string[];
  readonly state: string | undefined;
  readonly operation: string | undefined;

  constructor(
    readonly code: ErrorCodeName,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
    this.detail = options.detail ?? [];
    this.state = options.state;
    this.operation = options.operation;
  }

  /** The same error with more said about it. */
  with(more: ErrorOptions): BangerError {
    const { hint, detail, state, operation } = this;
    const options = {
      ...(hint && { hint }),
      detail,
      ...(state && { state }),
      ...(operation && { operation }),
      cause: this.cause,
      ...more,
    };
    const copy = new BangerError(this.code, this.message, options);
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }

  toJSON(): ErrorJson {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint !== undefined && { hint: this.hint }),
      ...(this.detail.length > 0 && { detail: this.detail }),
      ...(this.state !== undefined && { state: this.state }),
      ...(this.operation !== undefined && { operation: this.operation }),
    };
  }

  /** Reads an error off the wire; anything that is not one of ours becomes INTERNAL. */
  static from(json: Json): BangerError {
    const error = (typeof json === "object" && json !== null && !Array.isArray(json) ? json : {}) as Partial<ErrorJson>;
    const code = typeof error.code === "string" && Object.hasOwn(errorCodes, error.code) ? error.code : "INTERNAL";
    return new BangerError(code, String(error.message ?? "the daemon sent an error that cannot be read"), {
      ...(typeof error.hint === "string" && { hint: error.hint }),
      ...(Array.isArray(error.detail) && { detail: error.detail.map(String) }),
      ...(typeof error.state === "string" && { state: error.state }),
      ...(typeof error.operation === "string" && { operation: error.operation }),
    });
  }
}

/** Any thrown value as a BangerError; what is unknown becomes INTERNAL and keeps its stack. */
export function asBangerError(thrown: unknown): BangerError {
  if (thrown instanceof BangerError) return thrown;
  if (thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === "ENOSPC") {
    return new BangerError(
      "DISK_FULL",
      `no space left on the device (${(thrown as NodeJS.ErrnoException).path ?? thrown.message})`,
      { cause: thrown },
    );
  }
  if (thrown instanceof Error && thrown.name === "AbortError")
    return new BangerError("CANCELLED", "cancelled", { cause: thrown });
  const error = new BangerError("INTERNAL", thrown instanceof Error ? thrown.message : String(thrown), {
    cause: thrown,
  });
  if (thrown instanceof Error && thrown.stack !== undefined) error.stack = thrown.stack;
  return error;
}
