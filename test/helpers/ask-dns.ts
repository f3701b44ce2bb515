import { decode, encode } from "dns-packet";

/** Addresses of a name as a DNS server on 127.0.0.1 gives them, the error's code where it gives none, or `silence`. */
export async function askDns(port: number, name: string, waitMs = 1000): Promise<readonly string[] | string> {
  const { promise, resolve } = Promise.withResolvers<readonly string[] | string>();
  const timer = setTimeout(() => resolve("silence"), waitMs);
  const socket = await Bun.udpSocket({
    connect: { hostname: "127.0.0.1", port },
    socket: {
      data(_, bytes) {
        const packet = decode(bytes);
        const { rcode } = packet as unknown as { rcode: string };
        const addresses = packet.answers!.flatMap((answer) => (answer.type === "A" ? [answer.data] : []));
        resolve(rcode === "NOERROR" ? addresses : rcode);
      },
      error: () => resolve("silence"),
    },
  });
  socket.send(encode({ type: "query", id: 1, flags: 0x100, questions: [{ type: "A", name }] }));
  const answer = await promise;
  clearTimeout(timer);
  socket.close();
  return answer;
}
