export interface DescriptorLine {
  /** Keeps what the other side is too slow for. */
  write(text: string): void;
  close(): void;
}

/** A socket that came as a descriptor, both ways. `onClose` is called once, when the other side has closed it or it broke. */
export async function connectDescriptor(
  fd: number,
  { onData, onClose }: { readonly onData: (data: Uint8Array) => void; readonly onClose: () => void },
): Promise<DescriptorLine> {
  const queue: Uint8Array[] = [];
  const flush = (socket: Bun.Socket): void => {
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const written = Math.max(0, socket.write(first));
      if (written < first.length) {
        queue[0] = first.subarray(written);
        return;
      }
      queue.shift();
    }
  };
  const connection = {
    fd,
    socket: {
      data: (_: Bun.Socket, data: Uint8Array) => onData(data),
      drain: flush,
      end: (socket: Bun.Socket) => void socket.end(),
      error: () => {},
      close: onClose,
    },
  };
  // Bun's types do not know that it takes a descriptor.
  const socket = await Bun.connect(connection as unknown as Bun.UnixSocketOptions);
  return {
    write(text) {
      queue.push(new TextEncoder().encode(text));
      if (queue.length === 1) flush(socket);
    },
    close: () => void socket.terminate(),
  };
}
