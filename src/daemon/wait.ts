import { BangerError } from "../core/api/errors.ts";
import type { Guest } from "../core/api/guest.ts";
import { raceAbort } from "../core/engine/lock.ts";
import type { WaitFor } from "../rpc/protocol.ts";

/** Waits until a guest is as far as asked: its agent answers, its init has finished, its sshd greets. */
export async function waitFor(guest: Guest, name: string, what: WaitFor, signal: AbortSignal): Promise<void> {
  if (what === "agent") return;
  if (what === "boot") {
    await guest.waitBoot(signal);
    return;
  }
  if (await greets(guest, signal)) return;
  await guest.waitBoot(signal);
  if (await greets(guest, signal)) return;
  throw new BangerError("GUEST_ERROR", `no ssh server listens in ${name}`, {
    hint: "its image may have none; --wait boot waits for its init only",
  });
}

/** Whether something on port 22 begins as an ssh server does. */
async function greets(guest: Guest, signal: AbortSignal): Promise<boolean> {
  let connection;
  try {
    connection = await raceAbort(guest.dial({ host: "127.0.0.1", port: 22 }), signal);
  } catch (thrown) {
    if (thrown instanceof BangerError && (thrown.code === "GUEST_ERROR" || thrown.code === "GUEST_NOT_FOUND"))
      return false;
    throw thrown;
  }
  try {
    for await (const chunk of connection.read()) return new TextDecoder().decode(chunk).startsWith("SSH-");
    return false;
  } finally {
    connection.close();
  }
}
