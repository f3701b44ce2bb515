/**
 * Frames of an exec connection after its upgrade (`Upgrade: banger-exec`), both ways:
 * `u8 type | u32 big-endian length | payload`, a payload at most 1 MiB.
 *
 * The client's first frame is `request` (ExecFrameRequest as JSON). The daemon answers `started`, then `stdout` and `stderr` as they
 * come, then one `exit` or `error`, and closes. `error` before `started` means that the program never ran.
 *
 * The client has at most `stdinWindow` bytes of stdin under way that the daemon has not answered with `stdinTaken`. So the daemon can
 * read on while the program does not: signals pass the input, and the client's death is seen.
 */
export const frameTypes = {
  request: 0x01,
  stdin: 0x10,
  stdinEof: 0x11,
  /** u16 rows, u16 cols. */
  resize: 0x12,
  /** u8 signal number. */
  signal: 0x13,
  started: 0x81,
  stdout: 0x82,
  stderr: 0x83,
  /** u8 kind (0 exited, 1 signalled), u8 code or signal. */
  exit: 0x84,
  /** u32 bytes of stdin that are on their way to the program. */
  stdinTaken: 0x85,
  /** ErrorJson. */
  error: 0xff,
} as const;

export const maxFrameBytes = 1 << 20;
export const stdinWindow = 1 << 20;

export interface ExecFrameRequest {
  /** Empty: the user's login shell. */
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly user?: string;
  readonly terminal?: { readonly rows: number; readonly cols: number };
}
