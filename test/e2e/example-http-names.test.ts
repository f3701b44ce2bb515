import { afterAll, beforeAll, expect, test } from "bun:test";
import { enableExample } from "../helpers/example-plugin.ts";
import { failure } from "../helpers/failure.ts";
import { World } from "../helpers/world.ts";

/** examples/plugins/http-names. This host's resolver knows no world's names, so banger's own server is asked. */
let world: World;
const port = process.getuid!() === 0 ? 80 : 8180;
beforeAll(async () => {
  world = await World.create();
  world.configure(`[capabilities.http-names]\nport = ${port}\ndns = "127.0.0.1:${world.dns.port}"\n`);
  await enableExample(world, "http-names");
  await world.ok("vm", "create", "--name", "web", "--memory", "256M", "--disk-size", "1G", "-q");
});
afterAll(() => world.destroy());

interface Shown {
  readonly address: string;
  readonly capabilities: { readonly "http-names"?: { readonly url: string } };
}
const url = `http://web.vm${port === 80 ? "" : `:${port}`}`;

/** What a browser on this host gets whose resolver asks banger for .vm. */
async function get(path: string): Promise<string> {
  const { address } = await world.json<Shown>("vm", "show", "web");
  const answer = await fetch(`http://${address}:${port}${path}`, { headers: { Host: url.slice("http://".length) } });
  return `${answer.status} ${await answer.text()}`;
}

test("the doctor and the VM say what is published", async () => {
  const { rows } = JSON.parse((await world.run(["doctor", "--json"])).stdout) as { rows: { row: string }[] };
  expect(rows.find(({ row }) => row === "http-names")).toMatchObject({ status: "pass", message: `port ${port}` });
  expect((await world.json<Shown>("vm", "show", "web")).capabilities["http-names"]).toEqual({ url });
});

test("where nothing is served yet, that is the answer", async () => {
  expect(await get("/")).toBe("502 nothing in web.vm answers on 80, 8080, 8000, 3000, 5000, 5173\n");
});

/** The image has perl and no web server. */
const server = `
use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $server->accept) {
  my $line = <$client>;
  my $host;
  while (my $head = <$client>) { $host = $1 if $head =~ /^Host: (\\S+)/i; last if $head =~ /^\\r?$/ }
  my ($path) = $line =~ /^GET (\\S+)/;
  my $body = $path eq "/big" ? "x" x 3_000_000 : "$path of $host from $ARGV[0]";
  print $client "HTTP/1.1 200 OK\\r\\nContent-Length: ", length $body, "\\r\\nConnection: close\\r\\n\\r\\n$body";
  close $client;
}`;

async function serve(guestPort: number): Promise<void> {
  const listens = 'grep -qi ":$(printf %04x "$2") " /proc/net/tcp';
  const script = `perl -e "$1" "$2" </dev/null >/dev/null 2>&1 & until ${listens}; do sleep 0.3; done`;
  await world.ok("vm", "exec", "web", "--", "sh", "-c", script, "sh", server, String(guestPort));
}

test("what listens on a port that servers are used to is http://NAME.vm, whole, with the name as its host", async () => {
  await serve(3000);
  expect(await get("/a?b=c")).toBe(`200 /a?b=c of ${url.slice(7)} from 3000`);
  expect(await get("/big")).toHaveLength("200 ".length + 3_000_000);
});

test("another port can be chosen while the VM runs", async () => {
  await serve(4321);
  await world.ok("vm", "set", "-q", "web", "--http", "4321");
  expect(await get("/x")).toBe(`200 /x of ${url.slice(7)} from 4321`);
});

test("a daemon that comes after one that died publishes it again; a VM that stops is not published", async () => {
  process.kill(await world.daemonPid(), "SIGKILL");
  await world.ok("daemon", "start");
  const shown = () => world.json<Shown>("vm", "show", "web");
  while ((await shown()).capabilities["http-names"]?.url !== url) await Bun.sleep(300);
  expect(await get("/y")).toBe(`200 /y of ${url.slice(7)} from 4321`);
  const { address } = await shown();
  await world.ok("vm", "stop", "-q", "--timeout", "1", "web");
  const connected = Bun.connect({ hostname: address, port, socket: { data() {} } });
  expect((await failure(connected)).message).toContain("connect");
});
