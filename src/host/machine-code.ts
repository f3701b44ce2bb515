import { CFunction, dlopen, type FFIFunction, toArrayBuffer } from "bun:ffi";

const page = 4096;
const protection = { readWrite: 3, readExecute: 5 };
const privateAnonymous = 0x22;

/**
 * Lends a few bytes of x86-64 machine code as a function of the C calling convention; they are gone when `use` has settled.
 * Throws where the system lets nobody make code.
 */
export function withMachineCode<T>(
  bytes: readonly number[],
  type: FFIFunction,
  use: (call: (argument?: number) => unknown) => T,
): T {
  const { symbols: libc, close } = dlopen("libc.so.6", {
    mmap: { args: ["u64", "u64", "i32", "i32", "i32", "i64"], returns: "ptr" },
    munmap: { args: ["ptr", "u64"], returns: "i32" },
    mprotect: { args: ["ptr", "u64", "i32"], returns: "i32" },
  });
  const address = libc.mmap(0, page, protection.readWrite, privateAnonymous, -1, 0);
  const free = (): void => {
    if (typeof address === "number" && address > 0) libc.munmap(address, page);
    close();
  };
  let result: T;
  try {
    if (typeof address !== "number" || address < 0) throw new Error("no memory for machine code");
    new Uint8Array(toArrayBuffer(address, 0, page)).set(bytes);
    if (libc.mprotect(address, page, protection.readExecute) !== 0) throw new Error("machine code is not allowed here");
    result = use(CFunction({ ...type, ptr: address }) as unknown as (argument?: number) => unknown);
  } catch (error) {
    free();
    throw error;
  }
  if (result instanceof Promise) void result.then(free, free);
  else free();
  return result;
}
