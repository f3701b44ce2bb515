import { BangerError } from "../../../core/api/errors.ts";
import type { Json } from "../../../core/api/json.ts";
import { plainText } from "../../../core/model/plain-text.ts";
import type { ApiRequest } from "./requests.ts";

/** An answer is at most this long, in bytes; Firecracker's own are a few hundred. */
const maxAnswerBytes = 1 << 20;
/** Characters of what it says of a refusal. */
const maxFault = 1000;

/**
 * Makes one call of Firecracker's API on its unix socket and returns the answer's JSON, null where there is none. Throws VMM_FAILED with
 * Firecracker's own words for a refusal; an error with the code ENOENT or ECONNREFUSED when nobody listens; the signal's reason.
 */
export async function call(socket: string, request: ApiRequest, signal: AbortSignal): Promise<Json> {
  const { method, path, body, subject } = request;
  const answer = await fetch(`http://localhost${path}`, {
    unix: socket,
    method,
    signal,
    redirect: "error",
    headers: { Accept: "application/json", ...(body && { "Content-Type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  }).catch((thrown: unknown) => {
    signal.throwIfAborted();
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ECONNREFUSED") throw thrown;
    throw new BangerError("VMM_FAILED", `Firecracker's API cannot be used: ${code ?? String(thrown)}`, {
      cause: thrown,
    });
  });
  const value = parse(await text(answer, signal));
  if (answer.ok) return value;
  throw new BangerError(
    "VMM_FAILED",
    `Firecracker refused ${subject}: ${faultOf(value) ?? `status ${answer.status}`}`,
    {
      detail: [`request: ${method} ${path}`],
    },
  );
}

/** Firecracker holds a hostile guest: what it sends is neither believed nor endless. */
async function text(answer: Response, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of answer.body ?? []) {
      length += chunk.length;
      if (length > maxAnswerBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new BangerError("VMM_FAILED", "Firecracker's API cannot be used: its answer breaks off", { cause });
  }
  if (length <= maxAnswerBytes) return Buffer.concat(chunks).toString();
  throw new BangerError("VMM_FAILED", "Firecracker's API cannot be used: its answer does not end");
}

function parse(text: string): Json {
  if (text === "") return null;
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new BangerError("VMM_FAILED", "Firecracker's API cannot be used: its answer is not JSON", { cause });
  }
}

/** In one line, without what could steer a terminal. */
function faultOf(value: Json): string | null {
  const fault = (value as { readonly fault_message?: Json } | null)?.fault_message;
  return typeof fault === "string" ? plainText(fault.slice(0, maxFault).replaceAll("\n", " ")) : null;
}
