import { readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { encode } from "dns-packet";
import { createHost } from "../../src/host/index.ts";
import type { Row } from "../table.ts";
import { paired } from "../timing.ts";

/** Answers a round, and questions that are under way at once. */
const answers = 20_000;
const underWay = 64;
const stalledMs = 5000;

const question = encode({ type: "query", id: 1, flags: 0x100, questions: [{ type: "A", name: "web.vm" }] });

interface Server {
  readonly port: number;
  readonly process: Bun.Subprocess;
}

/** DNS answers a second of banger's server and of dnsmasq, the same question from the same client. */
export async function dnsRows(rounds: number): Promise<Row[]> {
  const dnsmasq = await createHost({ env: process.env }).which("dnsmasq");
  if (dnsmasq === null) throw new Error("dnsmasq is not installed: apt install dnsmasq-base");
  const servers = [await startOurs(), await startDnsmasq(dnsmasq)] as const;
  try {
    const began = servers.map(cpuTicks);
    const { a, b, ratio } = await paired(
      rounds * 3,
      ...(servers.map(
        ({ port }) =>
          () =>
            flood(port),
      ) as Pair),
    );
    const ticks = servers.map((server, index) => cpuTicks(server) - began[index]!);
    const perSecond = (ms: number): number => (answers / ms) * 1000;
    const thousands = (ms: number): string => `${Math.round(perSecond(ms) / 1000)}k/s`;
    const perAnswer = ticks.map((count) => (count * 10_000) / (answers * (rounds * 3 + 1)));
    return [
      {
        what: "DNS answers over UDP",
        ours: thousands(a.median),
        against: `dnsmasq ${thousands(b.median)}`,
        ratio: 1 / ratio,
        limit: { least: 1 },
        detail: [`cpu time an answer: ${perAnswer[0]!.toFixed(1)} µs, dnsmasq ${perAnswer[1]!.toFixed(1)} µs`],
        figures: { ours: perSecond(a.median), dnsmasq: perSecond(b.median) },
      },
    ];
  } finally {
    for (const { process } of servers) process.kill("SIGKILL");
  }
}

type Pair = [() => Promise<number>, () => Promise<number>];

async function startOurs(): Promise<Server> {
  const program = join(import.meta.dir, "../dns-program.ts");
  const child = Bun.spawn([process.execPath, "run", program], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const { value } = await child.stdout.getReader().read();
  return { port: Number(new TextDecoder().decode(value)), process: child };
}

async function startDnsmasq(program: string): Promise<Server> {
  const port = await freePort();
  const own = ["--conf-file=/dev/null", "--pid-file=", "--no-hosts", "--no-resolv"];
  // As root it would become another user, who need not exist.
  if (process.getuid?.() === 0) own.push("--user=root");
  const zone = ["--local=/vm/", "--host-record=web.vm,172.16.0.2", "--listen-address=127.0.0.1", "--bind-interfaces"];
  const child = Bun.spawn([program, "--keep-in-foreground", "--log-facility=-", ...own, ...zone, `--port=${port}`], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const server = { port, process: child };
  for (let attempt = 0; ; attempt++) {
    try {
      await flood(port, 1, 200);
      return server;
    } catch (error) {
      if (attempt < 20 && child.exitCode === null) continue;
      child.kill("SIGKILL");
      throw error;
    }
  }
}

/** Milliseconds until so many answers have come; throws when none comes any more. */
async function flood(port: number, count = answers, patienceMs = stalledMs): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let asked = 0;
  let heard = 0;
  const socket = await Bun.udpSocket({
    connect: { hostname: "127.0.0.1", port },
    socket: {
      data() {
        heard += 1;
        if (heard === count) resolve();
        else if (asked < count) ask();
      },
      error: () => undefined,
    },
  });
  const ask = (): void => {
    asked += 1;
    socket.send(question);
  };
  let before = -1;
  const watch = setInterval(() => {
    if (heard === before) reject(new Error(`127.0.0.1:${port} stopped answering after ${heard} of ${count}`));
    before = heard;
  }, patienceMs);
  const began = performance.now();
  try {
    for (let i = 0; i < Math.min(underWay, count); i++) ask();
    await promise;
    return performance.now() - began;
  } finally {
    clearInterval(watch);
    socket.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** User and system time of a process, in ticks of 10 ms. */
function cpuTicks({ process }: Server): number {
  const fields = readFileSync(`/proc/${process.pid}/stat`, "utf8").split(") ").at(-1)!.split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
