import type { GuestCommand, GuestFile } from "../api/contributions.ts";
import { BangerError } from "../api/errors.ts";
import type { ExitStatus, Guest } from "../api/guest.ts";
import { plainText } from "../model/plain-text.ts";

/** What one participant wants in the guest once its agent answers. */
export interface GuestSetting {
  /** The participant, as errors name it. */
  readonly by: string;
  readonly secrets: readonly GuestFile[];
  readonly commands: readonly GuestCommand[];
}

const presetTimeoutMs = 60_000;
/** How much of a command's output an error shows. */
const tail = { bytes: 4096, lines: 10 } as const;

/** Secret files first, everyone's; then the commands, one after the other. Throws CAPABILITY_FAILED, naming the participant. */
export async function settleGuest(guest: Guest, settings: readonly GuestSetting[], signal: AbortSignal): Promise<void> {
  for (const { by, secrets } of settings) for (const file of secrets) await writeSecret(guest, by, file);
  for (const { by, commands } of settings) for (const command of commands) await run(guest, by, command, signal);
}

/** Content as bytes. Pure. */
export function contentOf({ content, encoding }: Pick<GuestFile, "content" | "encoding">): Uint8Array {
  return encoding === "base64" ? Uint8Array.fromBase64(content) : new TextEncoder().encode(content);
}

async function writeSecret(guest: Guest, by: string, file: GuestFile): Promise<void> {
  const { path, mode, uid = 0, gid = 0 } = file;
  async function* data(): AsyncGenerator<Uint8Array> {
    yield contentOf(file);
  }
  try {
    await guest.writeFile(path, data(), { mode, uid, gid, makeParents: true });
  } catch (cause) {
    throw new BangerError("CAPABILITY_FAILED", `${by} cannot put ${path} into the guest: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function run(guest: Guest, by: string, command: GuestCommand, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { timeoutMs = presetTimeoutMs, ...request } = command;
  const late = AbortSignal.timeout(timeoutMs);
  const failed = (how: string, more: { detail?: readonly string[]; cause?: unknown } = {}): BangerError =>
    new BangerError(
      "CAPABILITY_FAILED",
      `${by} failed at its command ${plainText(command.argv.join(" "))}: ${how}`,
      more,
    );
  let output = Buffer.alloc(0);
  let status: ExitStatus;
  try {
    const program = await guest.exec(request, AbortSignal.any([signal, late]));
    for await (const { data } of program.output()) output = Buffer.concat([output, data]).subarray(-tail.bytes);
    status = await program.exit;
  } catch (cause) {
    signal.throwIfAborted();
    throw failed(late.aborted ? `it did not end within ${timeoutMs / 1000} s` : messageOf(cause), { cause });
  }
  if ("code" in status && status.code === 0) return;
  const lines = output.toString("utf8").split("\n").map(plainText).filter(Boolean);
  throw failed("code" in status ? `it exited ${status.code}` : `signal ${status.signal} ended it`, {
    detail: lines.slice(-tail.lines),
  });
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
