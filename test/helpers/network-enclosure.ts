import { join } from "node:path";

const asRoot = process.getuid?.() === 0;
const programs = import.meta.dir;

/** `up0` and `up1` lead to the namespace `outside`, where a server says who asked it; `guest` is empty. */
const setup = `
mount -t tmpfs tmpfs /run && mkdir -p /run/netns
ip netns add outside && ip netns add guest
ip link set lo up && ip -n outside link set lo up && ip -n outside address add 198.51.100.1/32 dev lo
for n in 0 1; do
  ip link add up$n type veth peer name in$n netns outside
  ip link set up$n up && ip -n outside link set in$n up
done
ip address add 192.0.2.2/24 dev up0 && ip address add 203.0.113.2/24 dev up1
ip -n outside address add 192.0.2.1/24 dev in0 && ip -n outside address add 203.0.113.1/24 dev in1
ip route add default via 192.0.2.1
echo ready
exec sleep infinity
`;

const server = `
const answer = (socket) => socket.end(socket.remoteAddress);
Bun.listen({ hostname: process.argv.at(-2), port: Number(process.argv.at(-1)), socket: { open: answer, data() {} } });
console.log("ready");
`;

export type Answer = { readonly value?: unknown; readonly error?: { readonly code: string; readonly message: string } };

/** A host in a network namespace of the test's own, with a world around it. As an ordinary user in a user namespace too. */
export class NetworkEnclosure {
  readonly #children: Bun.Subprocess[] = [];

  private constructor(private readonly anchor: Bun.Subprocess) {}

  static async open(): Promise<NetworkEnclosure> {
    const user = asRoot ? [] : ["--user", "--map-root-user"];
    const anchor = Bun.spawn(["unshare", "--net", "--mount", ...user, "sh", "-ec", setup], { stdout: "pipe" });
    await ready(anchor.stdout);
    return new NetworkEnclosure(anchor);
  }

  async close(): Promise<void> {
    for (const child of [...this.#children, this.anchor]) {
      child.kill("SIGKILL");
      await child.exited;
    }
  }

  /** A shell's script on the host, or in another namespace; its output, whatever it ends with. */
  async sh(script: string, namespace?: "guest" | "outside"): Promise<string> {
    const child = Bun.spawn(this.#argv(["bash", "-c", script], namespace), { stdout: "pipe", stderr: "pipe" });
    const [text, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    await child.exited;
    return (text + errors).trim();
  }

  /** Privileged operations of banger's, one after another, done by a process of its own. */
  async operate(...operations: readonly (readonly [name: string, args: object])[]): Promise<readonly Answer[]> {
    const words = operations.flatMap(([name, args]) => [name, JSON.stringify(args)]);
    const text = await this.sh(
      [process.execPath, join(programs, "network-program.ts"), ...words.map((word) => `'${word}'`)].join(" "),
    );
    return text.split("\n").map((line) => JSON.parse(line) as Answer);
  }

  /** Plays the guest at a tap: the namespace `guest` gets an `eth0` with that address and MAC. */
  async attach(tap: string, address: string, mac: string): Promise<void> {
    await this.#begin([process.execPath, join(programs, "tap-program.ts"), tap, "/run/netns/guest"]);
    const interfaceUp = `ip link set dev eth0 address ${mac}; ip link set eth0 up`;
    await this.sh(
      `${interfaceUp}; ip address add ${address}/24 dev eth0; ip route add default via 172.16.0.1`,
      "guest",
    );
  }

  /** A server that says who asked it. */
  async serve(address: string, port: number, namespace?: "outside"): Promise<void> {
    await this.#begin([process.execPath, "-e", server, address, String(port)], namespace);
  }

  /** What such a server says to the guest, or how the connection failed. */
  async ask(address: string, port: number): Promise<string> {
    const said = await this.sh(`timeout 2 bash -c 'exec 3<>/dev/tcp/${address}/${port}; cat <&3'`, "guest");
    return said.includes("unreachable") || said.includes("No route") ? "refused" : said === "" ? "silence" : said;
  }

  /** The guest sends frames, hexadecimal digits each. */
  async send(...frames: readonly string[]): Promise<void> {
    const argv = [process.execPath, join(programs, "frame-program.ts"), "eth0", ...frames];
    const said = await this.sh(argv.join(" "), "guest");
    if (said !== "") throw new Error(said);
  }

  /** Every rule and setting that there is; counters apart. */
  async rules(): Promise<string> {
    const settings = ["ip_forward", "conf/up0/forwarding", "conf/up1/forwarding"];
    return this.sh(
      `nft --stateless list ruleset; iptables-save | grep -v '^#' | sed 's/ \\[.*//'
       grep -q filter /proc/net/ip_tables_names && iptables-legacy-save | grep -v '^#' | sed 's/ \\[.*//'
       cd /proc/sys/net/ipv4; grep . ${settings.join(" ")}; ip -br link | cut -d ' ' -f 1`,
    );
  }

  #argv(argv: readonly string[], namespace?: string): string[] {
    const enter = [
      "nsenter",
      "--target",
      String(this.anchor.pid),
      "--net",
      "--mount",
      ...(asRoot ? [] : ["--user", "--preserve-credentials"]),
    ];
    return [...enter, ...(namespace === undefined ? [] : ["ip", "netns", "exec", namespace]), ...argv];
  }

  async #begin(argv: readonly string[], namespace?: string): Promise<void> {
    const child = Bun.spawn(this.#argv(argv, namespace), { stdout: "pipe" });
    this.#children.push(child);
    await ready(child.stdout);
  }
}

async function ready(output: ReadableStream<Uint8Array>): Promise<void> {
  for await (const chunk of output) if (new TextDecoder().decode(chunk).includes("ready")) return;
  throw new Error("it ended before it was ready");
}
