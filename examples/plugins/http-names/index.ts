/**
 * What a guest serves is http://NAME.vm, whichever of the usual ports it is on; `--http 4200` names another. It needs two settings of the
 * host: its resolver asks banger for .vm (docs/dns.md), and port 80 is not root's alone (`banger doctor` has the command), or:
 *
 *     [capabilities.http-names]
 *     port = 8080
 */
import { lookup, Resolver } from "node:dns/promises";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { defineCapability, directNic, z, type Ctx, type Guest, type GuestConnection } from "banger/plugin";

const portsOf = (text: string): readonly number[] => text.split(",").map(Number);

const config = z.strictObject({
  enabled: z.boolean().optional().describe("whether VMs are published"),
  port: z.int().min(1).max(65_535).default(80).describe("the port of http://NAME.vm on this host"),
  ports: z
    .string()
    .regex(/^[1-9]\d{0,4}(,[1-9]\d{0,4}){0,19}$/, "must be up to 20 ports like 80,8080")
    .refine((text) => !portsOf(text).some((port) => port > 65_535), "must be ports: at most 65535")
    .default("80,8080,8000,3000,5000,5173")
    .describe("ports of the guest: the first that answers is published"),
  dns: z.string().optional().describe("who knows NAME.vm (127.0.0.1:42069); else this host's own resolver is asked"),
});
type Config = z.output<typeof config>;

/** What is published of a VM, or why nothing is. */
type Place = { readonly url: string; readonly server: Server } | { readonly why: string };

const places = new Map<string, Place>();

async function publish(ctx: Ctx<Config>): Promise<void> {
  withdraw(ctx.vm.id);
  const place = await placeOf(ctx).catch((thrown: Error) => ({ why: thrown.message }));
  places.set(ctx.vm.id, place);
  if ("url" in place) return;
  const message = `${ctx.vm.name} is not published: ${place.why}`;
  ctx.emit({ type: "notice", level: "warning", message });
}

async function placeOf({ vm, nics, guest, config }: Ctx<Config>): Promise<Place> {
  const name = `${vm.name}.vm`;
  if (guest === null) return { why: "its agent is silent" };
  if (directNic(nics) !== null) return { why: `on a bridge, ${name} is the guest's own address` };
  const address = await resolve(name, config.dns).catch(() => null);
  if (address === null) return { why: `this host does not ask banger for ${name} (banger doctor)` };
  if (!address.startsWith("127.")) return { why: `${name} is ${address}, which is none of this host's own` };
  const server = createServer(
    { allowHalfOpen: true },
    (socket) => void relay(socket, guest, name, portsOf(config.ports)),
  );
  server.listen(config.port, address);
  await once(server, "listening");
  return { url: `http://${name}${config.port === 80 ? "" : `:${config.port}`}`, server };
}

function withdraw(vmId: string): void {
  const place = places.get(vmId);
  if (place !== undefined && "server" in place) place.server.close();
  places.delete(vmId);
}

async function resolve(name: string, server: string | undefined): Promise<string> {
  if (server === undefined) return (await lookup(name, 4)).address;
  const resolver = new Resolver();
  resolver.setServers([server]);
  return (await resolver.resolve4(name))[0]!;
}

/** Carries one connection, whatever is spoken on it: HTTP, and WebSockets after it. */
async function relay(socket: Socket, guest: Guest, name: string, ports: readonly number[]): Promise<void> {
  socket.on("error", () => socket.destroy());
  const connection = await dialFirst(guest, ports);
  if (connection === null) return refuse(socket, `nothing in ${name} answers on ${ports.join(", ")}\n`);
  const up = async (): Promise<void> => {
    for await (const chunk of socket) await connection.write(chunk as Uint8Array);
    await connection.end();
  };
  const down = async (): Promise<void> => {
    for await (const chunk of connection.read()) if (!socket.write(chunk)) await once(socket, "drain");
    socket.end();
  };
  try {
    await Promise.all([up(), down()]);
  } catch {
    socket.destroy();
  } finally {
    connection.close();
  }
}

async function dialFirst(guest: Guest, ports: readonly number[]): Promise<GuestConnection | null> {
  for (const port of ports) {
    const connection = await guest.dial({ host: "127.0.0.1", port }).catch(() => null);
    if (connection !== null) return connection;
  }
  return null;
}

function refuse(socket: Socket, text: string): void {
  socket.resume();
  const head = ["HTTP/1.1 502 Bad Gateway", "Content-Type: text/plain", `Content-Length: ${text.length}`];
  socket.end([...head, "Connection: close", "", text].join("\r\n"));
}

export default defineCapability({
  config,
  stages: { ready: publish },
  undo: {},
  takeOver: publish,
  onConfigChange: publish,
  async cleanup({ vm }) {
    withdraw(vm.id);
  },
  async show({ vm }) {
    const place = places.get(vm.id);
    if (place === undefined) return {};
    return "url" in place ? { url: place.url } : { url: null, why: place.why };
  },
  async doctor(_, { port }) {
    const row = "http-names";
    const first = Number(await readFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
    if (process.getuid!() === 0 || port >= first) return [{ row, status: "pass", message: `port ${port}` }];
    return [
      {
        row,
        status: "warn",
        message: `port ${port} is root's alone on this host`,
        detail: ["or set another: [capabilities.http-names] port"],
        fix: ["sudo", "sysctl", "-w", `net.ipv4.ip_unprivileged_port_start=${port}`],
      },
    ];
  },
});
