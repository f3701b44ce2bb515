import type { ErrorJson } from "../../core/api/errors.ts";
import type { Json } from "../../core/api/json.ts";

/**
 * How daemon and root helper talk: one connection an operation; the daemon writes one Request as a line of JSON, the helper answers
 * with one Answer as a line and closes.
 */
export interface Request {
  /** Of this request, chosen by the client: it stands in the helper's log. */
  readonly operation: string;
  readonly name: string;
  readonly args: unknown;
}

export type Answer = { readonly value: Json } | { readonly error: ErrorJson };

/** The one name that is no operation of the table: answered with HelperStatus. */
export const statusName = "helper.status";

export interface HelperStatus {
  readonly version: string;
  readonly pid: number;
  /** Whose operations it does. */
  readonly owner: number;
}

/** Octets that a request may have. */
export const maxRequestBytes = 65_536;
/** Octets that an answer may have. */
export const maxAnswerBytes = 1 << 20;
/** How long a client may take to send its request or to read the answer, in milliseconds. */
export const patienceMs = 5000;
/** Connections that the helper serves at a time; more are closed. */
export const maxConnections = 64;
