import { CString, dlopen, read } from "bun:ffi";
import { constants } from "node:os";

/**
 * The C library, opened when this module is first imported: import it with import() where a command may do without.
 * Calls block the event loop, so nothing here may wait.
 */
export const libc = dlopen("libc.so.6", {
  syscall: { args: ["i64", "i64", "i64", "i64", "i64"], returns: "i32" },
  lseek: { args: ["i32", "i64", "i32"], returns: "i64" },
  flock: { args: ["i32", "i32"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  strerror: { args: ["i32"], returns: "ptr" },
  __errno_location: { args: [], returns: "ptr" },
}).symbols;

const names = new Map(Object.entries(constants.errno).map(([name, value]) => [value, name]));

/** Name of the error of the call just made (`ESRCH`); call it before anything else happens. */
export function errno(): string {
  const value = read.i32(libc.__errno_location()!, 0);
  return names.get(value) ?? `errno ${value}`;
}

/** An error as node:fs would throw it. */
export function systemError(call: string, code: string): NodeJS.ErrnoException {
  const value = constants.errno[code as keyof typeof constants.errno];
  const text = value === undefined ? "" : `: ${new CString(libc.strerror(value)).toString()}`;
  return Object.assign(new Error(`${code}${text}, ${call}`), { code, syscall: call });
}
