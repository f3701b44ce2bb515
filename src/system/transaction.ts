import { asBangerError, BangerError } from "../core/api/errors.ts";

/** Says how to take back what is about to be done. */
export type Later = (undo: () => Promise<void>) => void;

/**
 * Does work that either happens as a whole or not: when it throws, what it registered is undone, last first and past failures. The
 * first failure is what is thrown.
 */
export async function transact<T>(what: string, work: (later: Later) => Promise<T>): Promise<T> {
  const undos: (() => Promise<void>)[] = [];
  try {
    return await work((undo) => void undos.push(undo));
  } catch (thrown) {
    const error = asBangerError(thrown);
    const left: string[] = [];
    for (const undo of undos.reverse()) {
      await undo().catch((failure: unknown) => void left.push(asBangerError(failure).message));
    }
    const state = left.length === 0 ? "what was done is undone" : `not all of it is undone: ${left.join("; ")}`;
    if (error.code === "INTERNAL")
      throw new BangerError("INSTALL_FAILED", `${what}: ${error.message}`, { state, cause: thrown });
    throw error.with({ state });
  }
}
