import { expect, test } from "bun:test";
import { writeCpio } from "./cpio.ts";

test("an archive has the bytes that cpio -H newc writes", () => {
  const archive = writeCpio([
    { kind: "directory", path: "a", mode: 0o755 },
    { kind: "file", path: "a/bc", mode: 0o600, content: new TextEncoder().encode("hello") },
  ]);
  const zero = "00000000";
  const expected = [
    `07070100000001000041ED${zero}${zero}00000002${zero}${zero}${zero.repeat(4)}00000002${zero}a\0`,
    `0707010000000200008180${zero}${zero}00000001${zero}00000005${zero.repeat(4)}00000005${zero}a/bc\0\0hello\0\0\0`,
    `070701${zero.repeat(4)}00000001${zero.repeat(6)}0000000B${zero}TRAILER!!!\0\0\0\0`,
  ];
  expect(new TextDecoder().decode(archive).replaceAll("\0", ".")).toBe(expected.join("").replaceAll("\0", "."));
});

test("an archive's length is a multiple of 4, so that another may follow", () => {
  for (let length = 0; length < 9; length++) {
    const archive = writeCpio([
      { kind: "file", path: "x".repeat(length + 1), mode: 0o644, content: new Uint8Array(length) },
    ]);
    expect(archive.length % 4).toBe(0);
  }
});
