import type { Args } from "../command.ts";
import type { Context } from "../context.ts";

/** The answer to a question on the terminal; null where none can be asked, and with --json. */
export async function confirm({ io, args }: Context<Args>, question: string): Promise<boolean | null> {
  if (!io.isTerminal(0) || !io.isTerminal(2) || args["json"] === true) return null;
  await io.err(`${question} [y/N] `);
  return /^y(es)?$/i.test((await readLine(io.input())).trim());
}

async function readLine(input: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of input) {
    text += decoder.decode(chunk, { stream: true });
    const end = text.indexOf("\n");
    if (end !== -1) return text.slice(0, end);
  }
  return text;
}
