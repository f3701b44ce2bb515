import type { Io } from "../io.ts";
import type { ExecControl } from "./exec.ts";

const numbers = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGUSR1: 10, SIGUSR2: 12, SIGTERM: 15 } as const;
/** So many SIGINTs mean that the guest does not listen and the user wants out. */
const patience = 3;

/**
 * Ties this process to a program in the guest: signals go there, and with a terminal its keys one by one and its size. Returns what
 * puts everything back. `leave` is called when the user will not wait for the program.
 */
export function attach(
  io: Io,
  control: ExecControl,
  { terminal, leave }: { readonly terminal: boolean; readonly leave: () => void },
): () => void {
  const undo: (() => void)[] = [];
  let interrupts = 0;
  for (const [name, number] of Object.entries(numbers)) {
    const forward = (): void => {
      control.signal(number);
      if (name === "SIGINT" && ++interrupts >= patience) leave();
    };
    undo.push(io.onSignal(name as NodeJS.Signals, forward));
  }
  if (terminal) {
    const resize = (): void => {
      const size = io.size();
      if (size !== null) control.resize(size.rows, size.columns);
    };
    undo.push(io.onSignal("SIGWINCH", resize));
    // It may have changed since the request.
    resize();
    if (io.isTerminal(0)) {
      undo.push(io.rawMode());
      // A shell that had stopped us has put its own mode in place; it is that mode which comes back at the end.
      undo.push(io.onSignal("SIGCONT", () => void io.rawMode()));
    }
  }
  return () => {
    for (const step of undo.splice(0)) step();
  };
}
