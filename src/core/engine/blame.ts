import { asBangerError, BangerError } from "../api/errors.ts";
import { plainText } from "../model/plain-text.ts";

const longest = 2000;
const mostLines = 40;

/**
 * Does what a participant (by its journal name) is asked for. What a capability throws carries its name and what it was about; a driver's
 * own BangerError passes as it is, since drivers are banger's and name their things. Anything unknown becomes CAPABILITY_FAILED.
 */
export async function blame<T>(key: string, doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw blamed(key, doing, thrown);
  }
}

export function blamed(key: string, doing: string, thrown: unknown): BangerError {
  const error = asBangerError(thrown);
  const foreign = key.startsWith("capability/");
  if (error.code === "CANCELLED") return error;
  if (error.code !== "INTERNAL" && (!foreign || error.message.includes(key))) return error;
  const text = oneLine(error.message);
  return new BangerError(
    error.code === "INTERNAL" ? "CAPABILITY_FAILED" : error.code,
    `${key} failed at ${doing}: ${text}`,
    {
      ...(error.hint !== undefined && { hint: oneLine(error.hint) }),
      detail: error.detail.slice(0, mostLines).map(oneLine),
      ...(error.state !== undefined && { state: oneLine(error.state) }),
      cause: thrown,
    },
  );
}

/** Somebody else's text, which may be of any length and steer terminals. */
function oneLine(text: string): string {
  return plainText(text.replaceAll("\n", " ")).slice(0, longest);
}
