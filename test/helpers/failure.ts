import type { BangerError } from "../../src/core/api/errors.ts";

/** What a promise rejects with; throws when it does not. */
export async function failure(promise: Promise<unknown>): Promise<BangerError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as BangerError;
  }
  throw new Error(`it did not fail but gave ${Bun.inspect(value)}`);
}
