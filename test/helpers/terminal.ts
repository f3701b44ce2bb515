import { banger, type World } from "./world.ts";

/** A banger that runs in a terminal of its own. */
export interface Session {
  /** Everything shown so far, without carriage returns and what moves the cursor or switches modes. */
  shown(): string;
  /** Waits until what was shown after the last match matches, and returns the match. Throws when it has not within a minute, or the program has ended. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  /** The terminal's own mode, as termios has it. */
  mode(): readonly number[];
  readonly exited: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

const patienceMs = 60_000;

export function inTerminal(world: World, args: readonly string[], { columns = 80, rows = 24 } = {}): Session {
  let raw = "";
  let shown = "";
  let seen = 0;
  let look = (): void => {};
  const decoder = new TextDecoder();
  const child = Bun.spawn([...world.prefix, banger, ...args], {
    env: { ...world.env, TERM: "xterm" },
    cwd: `${world.root}/home`,
    terminal: {
      cols: columns,
      rows,
      data(_, data) {
        raw += decoder.decode(data, { stream: true });
        shown = raw.replace(/\r|\x1b\[[0-9;?]*[A-Za-z]/g, "");
        look();
      },
    },
  });
  const terminal = child.terminal!;
  return {
    shown: () => shown,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const fail = (why: string): void => {
          clearTimeout(timer);
          look = () => {};
          reject(new Error(`${pattern} ${why}: ${JSON.stringify(shown.slice(seen))}`));
        };
        const timer = setTimeout(() => fail("was not shown within a minute"), patienceMs);
        look = () => {
          const match = pattern.exec(shown.slice(seen));
          if (match === null) return;
          seen += match.index + match[0].length;
          clearTimeout(timer);
          look = () => {};
          resolve(match);
        };
        look();
        // What it has shown at last may come after its end.
        void child.exited.then(() => setTimeout(() => fail("was not shown before the end"), 500));
      }),
    type: (keys) => void terminal.write(keys),
    resize: (columns, rows) => terminal.resize(columns, rows),
    mode: () => [terminal.inputFlags, terminal.outputFlags, terminal.localFlags, terminal.controlFlags],
    exited: child.exited,
    kill: (signal) => child.kill(signal),
  };
}
