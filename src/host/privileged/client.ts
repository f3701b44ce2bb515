import { BangerError } from "../../core/api/errors.ts";
import type { Json } from "../../core/api/json.ts";
import type { Privileged } from "../../core/api/privileged.ts";
import { UnixStream } from "../unix-stream.ts";
import { maxAnswerBytes, statusName, type Answer, type HelperStatus, type Request } from "./wire.ts";

/** How long a helper that is being restarted is waited for, in milliseconds. */
const restartMs = 10_000;

/** What only takes away finds nothing when it was done already, so that it may be asked for again. Pure. */
function takesAway(name: string, args: unknown): boolean {
  if (name === "jail.signal") return (args as { readonly signal?: unknown }).signal === "KILL";
  return /\.(remove|detach|unroute)$/.test(name);
}

/** Operations done by the root helper behind a socket. Throws what the operation throws, and HELPER_UNREACHABLE. */
export function throughHelper(socketPath: string): Privileged {
  return Object.assign((name: string, args: unknown) => ask(socketPath, name, args, restartMs), { available: true });
}

/** What a helper says of itself; throws HELPER_UNREACHABLE at once where none answers. */
export async function helperStatus(socketPath: string): Promise<HelperStatus> {
  return (await ask(socketPath, statusName, null, 0)) as unknown as HelperStatus;
}

/**
 * One request and its answer. A helper that does not listen is waited for: nothing has been asked of it yet. One that dies at the
 * request has the next one asked, where that is safe.
 */
async function ask(socketPath: string, name: string, args: unknown, waitMs: number): Promise<Json> {
  for (let attempt = 1; ; attempt++) {
    const answer = await exchange(await connect(socketPath, waitMs), name, args);
    if (answer === null) {
      if (attempt === 1 && takesAway(name, args)) continue;
      throw unreachable(`went away during ${name}`);
    }
    if ("error" in answer) throw BangerError.from(answer.error as unknown as Json);
    return answer.value;
  }
}

/** Null when the connection ended without an answer. */
async function exchange(stream: UnixStream, name: string, args: unknown): Promise<Answer | null> {
  const operation = `pr-${crypto.getRandomValues(new Uint8Array(4)).toHex()}`;
  let text = "";
  try {
    await stream.write(Buffer.from(`${JSON.stringify({ operation, name, args } satisfies Request)}\n`));
    const decoder = new TextDecoder();
    for await (const chunk of stream.read()) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > maxAnswerBytes) break;
    }
  } catch {
    // A refusal may have been written before the connection was cut.
  } finally {
    stream.close();
  }
  return text.endsWith("\n") ? parse(text) : null;
}

async function connect(path: string, waitMs: number): Promise<UnixStream> {
  const deadline = performance.now() + waitMs;
  for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
    try {
      return await UnixStream.connect(path);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      // Reset: it has died before it took the connection.
      const mayCome = ["ENOENT", "ECONNREFUSED", "ECONNRESET"].includes(code ?? "");
      if (!mayCome || performance.now() + pause > deadline)
        throw unreachable(mayCome ? "is not running" : `cannot be reached (${code})`, cause);
      await Bun.sleep(pause);
    }
  }
}

function parse(text: string): Answer {
  try {
    return JSON.parse(text) as Answer;
  } catch (cause) {
    throw unreachable("answered with what is not JSON", cause);
  }
}

function unreachable(what: string, cause?: unknown): BangerError {
  return new BangerError("HELPER_UNREACHABLE", `the root helper ${what}`, {
    hint: "sudo banger system status says how it is, sudo banger system restart starts it anew",
    cause,
  });
}
