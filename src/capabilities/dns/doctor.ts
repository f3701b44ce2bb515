import { decode, encode } from "dns-packet";
import type { Finding } from "../../core/api/capability.ts";
import type { Host } from "../../core/api/host.ts";
import { cutMessages } from "./server.ts";
import { holderOf } from "./listening.ts";
import { probeAddress, probeName } from "./zone.ts";

const row = "dns";
const resolvectlMs = 5000;
const dropIn = "/etc/systemd/resolved.conf.d/banger.conf";

/**
 * Whether the server answers, and whether the system's resolver asks it.
 * @param askMs how long a server may take to answer, on a host that is busy with all other rows too
 */
export async function findings(host: Host, port: number, askMs = 10_000): Promise<readonly Finding[]> {
  const where = `127.0.0.1:${port}`;
  const answered = await askServer(port, askMs);
  if (answered === "other")
    return [
      {
        row,
        status: "warn",
        message: `${where} is taken by ${await holderOf(host, port)}: VMs start, and have no names`,
        detail: ["end it, or set another port in config.toml: [capabilities.dns] port"],
      },
    ];
  const resolver = await resolverOf(host);
  if (answered === "nobody") {
    const message = `served on ${where} while VMs run${resolver === "routes" ? ", and this host asks it for .vm" : ""}`;
    return [{ row, status: "pass", message, ...(resolver !== "routes" && { detail: recipe(resolver, port) }) }];
  }
  const { stdout } = await host.run(["getent", "ahostsv4", probeName], { okCodes: [0, 1, 2], timeoutMs: 10_000 });
  if (stdout.split(/\s/, 1)[0] === probeAddress)
    return [{ row, status: "pass", message: `answers on ${where}, and this host asks it for .vm` }];
  return [
    {
      row,
      status: "warn",
      message: `answers on ${where}, and this host does not ask it for .vm`,
      detail: recipe(resolver, port),
      ...(resolver === "silent" && { fix: fixOf(port) }),
    },
  ];
}

/** What can be seen of the host's resolver: systemd-resolved with a route for .vm, without one, or something else. */
async function resolverOf(host: Host): Promise<"routes" | "silent" | "other"> {
  if ((await host.which("resolvectl")) === null) return "other";
  const { code, stdout } = await host.run(["resolvectl", "domain"], { okCodes: [0, 1], timeoutMs: resolvectlMs });
  if (code !== 0) return "other";
  return /\s~vm(\s|$)/.test(stdout) ? "routes" : "silent";
}

/** How to have names below .vm, in lines for people. Pure. */
function recipe(resolver: "routes" | "silent" | "other", port: number): readonly string[] {
  if (resolver === "other")
    return [
      "no systemd-resolved here: docs/dns.md has NetworkManager, dnsmasq and others; banger's own commands need none",
    ];
  return [
    `${dropIn}:`,
    ...dropInLines(port).map((line) => `  ${line}`),
    "then: sudo systemctl restart systemd-resolved    (docs/dns.md)",
  ];
}

const dropInLines = (port: number): readonly string[] => ["[Resolve]", `DNS=127.0.0.1:${port}`, "Domains=~vm"];

function fixOf(port: number): readonly string[] {
  const text = dropInLines(port).map((line) => `${line}\\n`);
  const folder = dropIn.slice(0, dropIn.lastIndexOf("/"));
  const script = `mkdir -p ${folder} && printf '${text.join("")}' > ${dropIn} && systemctl restart systemd-resolved`;
  return ["sudo", "sh", "-c", script];
}

/** Asks over TCP, which tells at once where nobody listens. */
async function askServer(port: number, askMs: number): Promise<"ours" | "other" | "nobody"> {
  const question = encode({ type: "query", id: 1, questions: [{ type: "A", name: probeName }] });
  const framed = Buffer.concat([Buffer.from([question.length >> 8, question.length & 0xff]), question]);
  const { promise, resolve } = Promise.withResolvers<"ours" | "other" | "nobody">();
  const timer = setTimeout(() => resolve("other"), askMs);
  let heard = Buffer.alloc(0);
  const end = (socket: Bun.Socket): void => (socket.end(), resolve("other"));
  const connecting = Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      open: (socket) => void socket.write(framed),
      data(socket, chunk) {
        heard = Buffer.concat([heard, chunk]);
        const [message] = cutMessages(heard).messages;
        if (message === undefined) return;
        resolve(isOurs(message) ? "ours" : "other");
        end(socket);
      },
      end,
      close: end,
      error: end,
      connectError: () => resolve("nobody"),
    },
  });
  connecting.catch(() => resolve("nobody"));
  const answer = await promise;
  clearTimeout(timer);
  void connecting.then((socket) => socket.terminate()).catch(() => {});
  return answer;
}

/** Pure. */
function isOurs(message: Buffer): boolean {
  try {
    const [answer] = decode(message).answers ?? [];
    return answer?.type === "A" && answer.name === probeName && answer.data === probeAddress;
  } catch {
    return false;
  }
}
