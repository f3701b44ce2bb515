/** The messages of docs/guest-protocol.md §4. */
export const tags = {
  exec: 0x01,
  fileGet: 0x02,
  filePut: 0x03,
  health: 0x04,
  ports: 0x05,
  dial: 0x06,
  shutdown: 0x07,
  sync: 0x08,
  clock: 0x09,
  waitBoot: 0x0a,
  watchListening: 0x0b,
  stdin: 0x10,
  stdinEof: 0x11,
  resize: 0x12,
  signal: 0x13,
  data: 0x20,
  end: 0x21,
  started: 0x81,
  stdout: 0x82,
  stderr: 0x83,
  exit: 0x84,
  ok: 0x85,
  listening: 0x86,
  error: 0xff,
} as const;

export const maxMessageBytes = 1 << 20;
