import type { Io } from "../io.ts";

/** Whether to colour what goes to a descriptor. https://no-color.org: set and not empty means no. */
export function useColor(io: Io, fd: 1 | 2): boolean {
  return (io.env["NO_COLOR"] ?? "") === "" && io.env["TERM"] !== "dumb" && io.isTerminal(fd);
}
