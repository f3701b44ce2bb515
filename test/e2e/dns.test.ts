import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer } from "node:net";
import { askDns } from "../helpers/ask-dns.ts";
import { eventually } from "../helpers/eventually.ts";
import { World } from "../helpers/world.ts";

interface Vm {
  readonly name: string;
  readonly address: string | null;
  readonly state: string;
}

interface Port {
  readonly port: number;
  readonly host: { readonly address: string; readonly port: number } | null;
  readonly note: string | null;
}

let world: World;
beforeAll(async () => {
  world = await World.create();
  await Promise.all(["web", "db"].map((name) => world.ok("vm", "create", "-q", "--name", name)));
});
afterAll(() => world.destroy());

const lookUp = (name: string): Promise<readonly string[] | string> => askDns(world.dns.port, name);

/** A busy machine takes its time. */
const until = (what: () => Promise<boolean>): Promise<void> => eventually(what, 20_000);

const addressOf = async (name: string): Promise<string> => (await world.json<Vm>("vm", "show", name)).address!;

/** Starts a server in the guest that says its name to everyone, and stays when what started it has ended. */
async function serveIn(name: string, host: string, port: number): Promise<void> {
  const program = `use IO::Socket::INET;
    my $s = IO::Socket::INET->new(Listen => 5, ReuseAddr => 1, LocalAddr => "${host}", LocalPort => ${port}) or die $!;
    fork and exit; syscall(112); # setsid
     open STDOUT, ">/dev/null"; open STDERR, ">/dev/null";
    while (my $c = $s->accept) { my $line = <$c>; print $c "${name} heard $line"; close $c }`;
  await world.ok("vm", "exec", name, "--", "perl", "-e", program);
}

/** What the server says; null where nobody listens. */
async function say(address: string, port: number, text: string): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  let heard = "";
  await Bun.connect({
    hostname: address,
    port,
    socket: {
      open: (socket) => void socket.write(`${text}\n`),
      data: (_, chunk) => void (heard += chunk.toString()),
      close: () => resolve(heard),
      error: () => resolve(null),
      connectError: () => resolve(null),
    },
  }).catch(() => resolve(null));
  return promise;
}

/** TCP ports of that address which this host listens on. */
async function listenersOn(address: string): Promise<string> {
  return new Response(Bun.spawn(["ss", "-Hltn", `src ${address}`]).stdout).text();
}

describe("VMs in a user network", () => {
  test("each has a name and an address of its own", async () => {
    const [web, db] = [await addressOf("web"), await addressOf("db")];
    const own = new RegExp(`^127\\.77\\.${world.dns.block}\\.[12]$`);
    expect(web).toMatch(own);
    expect(db).toMatch(own);
    expect(web).not.toBe(db);
    expect(await lookUp("web.vm")).toEqual([web]);
    expect(await lookUp("DB.vm")).toEqual([db]);
    expect(await lookUp("none.vm")).toBe("NXDOMAIN");
    expect(await world.ok("vm", "list")).toContain(web);
  });

  test("a port that a guest's server opens is open at its address, on either of the guest's own ones, until it closes", async () => {
    const [web, db] = [await addressOf("web"), await addressOf("db")];
    await serveIn("web", "127.0.0.1", 8000);
    await serveIn("db", "0.0.0.0", 8000);
    await until(async () => (await say(web, 8000, "hello")) === "web heard hello\n");
    await until(async () => (await say(db, 8000, "hello")) === "db heard hello\n");
    const ports = await world.json<Port[]>("vm", "ports", "web");
    expect(ports).toContainEqual(
      expect.objectContaining({ port: 8000, host: { address: web, port: 8000 }, note: null }),
    );
    expect(await world.ok("vm", "ports", "web")).toContain(`${web}:8000`);
    await world.ok("vm", "exec", "db", "--", "pkill", "perl");
    await until(async () => (await say(db, 8000, "hello")) === null);
    expect(await say(web, 8000, "still")).toBe("web heard still\n");
  });

  test("a port that the host has already is left alone, and vm ports says so", async () => {
    const web = await addressOf("web");
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(8001, web, resolve));
    await serveIn("web", "127.0.0.1", 8001);
    const find = async () => (await world.json<Port[]>("vm", "ports", "web")).find(({ port }) => port === 8001);
    await until(async () => (await find())?.note === "the port is taken on the host");
    expect(await find()).toMatchObject({ host: null });
    taken.close();
  });

  test("a daemon that is killed takes the names along; the next one serves them again", async () => {
    const web = await addressOf("web");
    process.kill(await world.daemonPid(), "SIGKILL");
    await until(async () => (await say(web, 8000, "hello")) === null);
    expect(await lookUp("web.vm")).not.toEqual([web]);
    await world.ok("vm", "list");
    await until(async () => (await say(web, 8000, "again")) === "web heard again\n");
    expect(await lookUp("web.vm")).toEqual([web]);
    expect(await addressOf("web")).toBe(web);
  });

  test("a stopped VM has no name, no address and no listener; started again, it has the same ones", async () => {
    const web = await addressOf("web");
    await world.ok("vm", "stop", "web");
    expect(await lookUp("web.vm")).toBe("NXDOMAIN");
    expect(await world.json<Vm>("vm", "show", "web")).toMatchObject({ address: null });
    expect(await listenersOn(web)).toBe("");
    await world.ok("vm", "delete", "--force", "db");
    await world.ok("vm", "start", "web");
    expect(await lookUp("web.vm")).toEqual([web]);
  });

  test("with the last VM the server goes, and doctor says what is so", async () => {
    const row = async () => {
      const { rows } = await world.json<{ rows: { row: string; status: string; message: string }[] }>("doctor");
      return rows.find((row) => row.row === "dns")!;
    };
    const where = `127.0.0.1:${world.dns.port}`;
    expect((await row()).message).toStartWith(`answers on ${where}`);
    await world.ok("vm", "kill", "web");
    expect(await lookUp("web.vm")).toBe("silence");
    expect(await row()).toMatchObject({
      status: "pass",
      message: expect.stringMatching(/^served on .* while VMs run/),
    });
  });
});

test("a DNS port that is taken: a warning names who has it, and the VM starts", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(world.dns.port, "127.0.0.1", resolve));
  const { code, stderr } = await world.run(["vm", "start", "web"]);
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(
      new RegExp(`127\\.0\\.0\\.1:${world.dns.port} is taken by \\S+ \\(pid ${process.pid}\\)`),
    ),
  });
  expect(await world.ok("doctor").catch(String)).toContain("is taken by");
  holder.close();
  // Once the port is free, the names are served after all.
  const web = await addressOf("web");
  await until(async () => Bun.deepEquals(await lookUp("web.vm"), [web]));
});

test("without forward_ports there is a name and no address", async () => {
  await world.ok("vm", "stop", "web");
  await world.ok("daemon", "stop");
  world.configure(`[capabilities.dns]\nport = ${world.dns.port}\nforward_ports = false\n`);
  await world.ok("vm", "start", "web");
  expect(await lookUp("web.vm")).toEqual([]);
  expect(await world.json<Vm>("vm", "show", "web")).toMatchObject({ state: "running", address: null });
});
