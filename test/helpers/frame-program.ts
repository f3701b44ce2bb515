/**
 * Sends frames as they are, for test/integration/network.test.ts: the first argument is the interface, each other one a frame in
 * hexadecimal digits.
 */
import { dlopen, ptr } from "bun:ffi";
import { readFileSync } from "node:fs";

const libc = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
}).symbols;
const [packet, raw] = [17, 3];

const [, , name = "", ...frames] = process.argv;
const address = Buffer.alloc(20); // struct sockaddr_ll
address.writeUInt16LE(packet, 0);
address.writeInt32LE(Number(readFileSync(`/sys/class/net/${name}/ifindex`, "utf8")), 4);
const socket = libc.socket(packet, raw, 0);
for (const hex of frames) {
  const frame = Buffer.from(hex, "hex");
  const sent = libc.sendto(socket, ptr(frame), frame.length, 0, ptr(address), address.length);
  if (Number(sent) !== frame.length) throw new Error(`a frame of ${frame.length} octets was not sent`);
}
