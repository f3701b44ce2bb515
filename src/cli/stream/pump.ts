import type { Io } from "../io.ts";

/** Writes bytes to stdout as they come. @returns the exit status: as SIGPIPE's when the reader goes */
export async function pump(data: AsyncIterable<Uint8Array>, io: Pick<Io, "write">): Promise<number> {
  try {
    for await (const chunk of data) await io.write(1, chunk);
    return 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EPIPE") return 128 + 13;
    throw error;
  }
}
