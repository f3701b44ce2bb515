import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { GuestConnection } from "../api/guest.ts";

/** Bytes both ways until both sides have ended; half-closes are passed on. Never rejects: what breaks on one side closes the other. */
export async function splice(socket: Duplex, connection: GuestConnection): Promise<void> {
  const outward = async (): Promise<void> => {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) await connection.write(chunk as Uint8Array);
    await connection.end();
  };
  try {
    await Promise.all([pipeline(connection.read(), socket), outward()]);
  } catch {
    socket.destroy();
  } finally {
    connection.close();
  }
}
