import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createServer, type AddressInfo } from "node:net";
import { askDns } from "../../../test/helpers/ask-dns.ts";
import { eventually } from "../../../test/helpers/eventually.ts";
import { FakeListeners } from "../../../test/helpers/fake-listeners.ts";
import { fakePlace } from "../../../test/helpers/places.ts";
import type { Capability } from "../../core/api/capability.ts";
import type { Nic } from "../../core/api/contributions.ts";
import { BangerError } from "../../core/api/errors.ts";
import type { ProgressEvent } from "../../core/api/events.ts";
import type { Guest } from "../../core/api/guest.ts";
import type { Ctx } from "../../core/api/participant.ts";
import { Rehearsal } from "../../core/engine/rehearsal.ts";
import { config } from "./config.ts";
import { createDns } from "./index.ts";

const user: Nic = { id: "user", mac: "02:00:00:00:00:01", backend: { kind: "user" } };
const bridged = (address: string): Nic => ({
  id: "bridge",
  mac: "02:00:00:00:00:02",
  backend: { kind: "tap", name: "bt-012345678901", bridge: "br-fc" },
  guest: { address: `${address}/24` },
});

let guest: FakeListeners;
let port: number;
const block = Math.floor(Math.random() * 256);
let dns: Capability;
let present: string[];
beforeEach(async () => {
  guest = await FakeListeners.create();
  port = await freePort();
  dns = createDns({ uid: 1000, service: false });
  present = [];
});
afterEach(async () => {
  for (const id of present) await dns.cleanup!({ ...(await vm(id)).ctx, vm: (await vm(id)).ctx.vm });
  guest.stop();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A VM as the capability meets it. */
async function vm(name: string, nics: readonly Nic[] = [user], settings: object = {}) {
  const place = await fakePlace();
  const view = { ...place.vm, id: `${name}-id`, name };
  const rehearsal = new Rehearsal(dns, view, place.host, config.parse({ port, block, ...settings }), {
    nics,
    privileged: place.privileged!,
  });
  const notices: string[] = [];
  const emit = (event: ProgressEvent): void => void (event.type === "notice" && notices.push(event.message));
  const ctx: Ctx = { ...rehearsal.ctx(), emit, guest: guest as unknown as Guest };
  return { ...place, ctx, notices, rehearsal };
}

type Played = Awaited<ReturnType<typeof vm>>;

async function start(played: Played): Promise<void> {
  present.push(played.ctx.vm.name);
  await dns.stages.ready!(played.ctx);
}

const stop = ({ ctx }: Played): Promise<void> => dns.cleanup!(ctx);

const lookUp = (name: string): Promise<readonly string[] | string> => askDns(port, name);

describe("in a user network", () => {
  test("a VM's name is a loopback address, with the guest's ports, until it stops", async () => {
    const web = await vm("web");
    await start(web);
    const address = `127.77.${block}.1`;
    expect(await lookUp("web.vm")).toEqual([address]);
    expect(await dns.address!("web-id")).toBe(address);
    guest.say({ address: "0.0.0.0", port: 18_081 });
    const open = () =>
      Bun.connect({ hostname: address, port: 18_081, socket: { data() {} } }).then(
        (socket) => (socket.end(), true),
        () => false,
      );
    await eventually(open);
    await start(await vm("db", [user], { forward_ports: false }));
    await stop(web);
    await stop(web);
    expect(await lookUp("web.vm")).toBe("NXDOMAIN");
    expect(await dns.address!("web-id")).toBeNull();
    expect(await open()).toBe(false);
  });

  test("the server is there as long as a name is", async () => {
    const web = await vm("web");
    const listens = () =>
      Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } }).then(
        (socket) => (socket.end(), true),
        () => false,
      );
    expect(await listens()).toBe(false);
    await start(web);
    expect(await listens()).toBe(true);
    await stop(web);
    expect(await listens()).toBe(false);
  });

  test("a new daemon takes over, and lets go when it does", async () => {
    const off = new AbortController();
    const web = await vm("web");
    await dns.takeOver!({ ...web.ctx, signal: off.signal });
    expect(await lookUp("web.vm")).toEqual([`127.77.${block}.1`]);
    off.abort();
    expect(await dns.address!("web-id")).toBeNull();
    await dns.takeOver!({ ...web.ctx, signal: off.signal });
    expect(await dns.address!("web-id")).toBeNull();
  });

  test("a guest that does not answer when it is taken over has its name all the same", async () => {
    const web = await vm("web");
    present.push("web");
    await dns.takeOver!({ ...web.ctx, guest: null });
    expect(await lookUp("web.vm")).toEqual([`127.77.${block}.1`]);
  });

  test("without forward_ports, and without a network, a name has no address", async () => {
    await start(await vm("web", [user], { forward_ports: false }));
    await start(await vm("alone", []));
    expect([await lookUp("web.vm"), await lookUp("alone.vm")]).toEqual([[], []]);
  });

  test("where every address is taken, a warning says so and the VM starts", async () => {
    const web = await vm("web");
    const reserve = async (): Promise<number> => {
      throw new BangerError("POOL_EXHAUSTED", "all are taken");
    };
    await start({ ...web, ctx: { ...web.ctx, reserve } });
    expect(web.notices).toEqual(["web has no address on this host: all 254 are other VMs'"]);
    expect(await lookUp("web.vm")).toEqual([]);
  });

  test("a port that another program has: a warning names it, and the names are served once it is free", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    const web = await vm("web");
    web.host.answers.run = () => ({ stdout: 'tcp LISTEN 0 1 127.0.0.1:1 0.0.0.0:* users:(("named",pid=71,fd=4))\n' });
    await start(web);
    expect(web.notices).toEqual([
      `web.vm has no DNS: 127.0.0.1:${port} is taken by named (pid 71) ([capabilities.dns] port changes it)`,
    ]);
    expect(await dns.address!("web-id")).not.toBeNull();
    await new Promise((resolve) => other.close(resolve));
    await start(await vm("db"));
    expect(await lookUp("web.vm")).toEqual([`127.77.${block}.1`]);
  });
});

describe("on a bridge", () => {
  test("a VM's name is the guest's own address, and the bridge's names are asked here", async () => {
    const web = await vm("web", [bridged("172.16.0.2")]);
    await start(web);
    expect(await lookUp("web.vm")).toEqual(["172.16.0.2"]);
    expect(web.asked).toEqual([["resolver.route", { bridge: "br-fc", port }]]);
    expect(web.rehearsal.effects.map(({ undo, args }) => [undo, args])).toEqual([["unroute", { bridge: "br-fc" }]]);
    guest.say({ address: "0.0.0.0", port: 18_082 });
    await Bun.sleep(200);
    expect(guest.dialled).toEqual([]);
  });

  test("the routing goes with the last VM on the bridge, and goes twice without harm", async () => {
    const [web, db] = [await vm("web", [bridged("172.16.0.2")]), await vm("db", [bridged("172.16.0.3")])];
    await start(web);
    await start(db);
    await stop(web);
    await web.rehearsal.undo();
    expect(web.asked.map(([name]) => name)).toEqual(["resolver.route"]);
    await stop(db);
    await db.rehearsal.undo();
    await db.rehearsal.undo({ forgetResults: true });
    expect(db.asked.map(([name]) => name)).toEqual(["resolver.route", "resolver.unroute", "resolver.unroute"]);
  });
});

test("whoever else has the port is not asked for the names on a bridge", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  const web = await vm("web", [bridged("172.16.0.2")]);
  await start(web);
  expect(web.asked).toEqual([]);
  expect(web.rehearsal.effects).toEqual([]);
  // Told by a daemon that had the port, which somebody took when that one ended.
  await dns.takeOver!(web.ctx);
  expect(web.asked).toEqual([["resolver.unroute", { bridge: "br-fc" }]]);
  await new Promise((resolve) => other.close(resolve));
  await dns.takeOver!(web.ctx);
  expect(web.asked.at(-1)).toEqual(["resolver.route", { bridge: "br-fc", port }]);
});

test("vm ports: every port with where it is reached, or why not", async () => {
  const ports = [
    { protocol: "tcp", address: "127.0.0.1", port: 18_083, process: "web" },
    { protocol: "udp", address: "0.0.0.0", port: 68 },
    { protocol: "tcp", address: "0.0.0.0", port: 18_084 },
  ] as const;
  const asked = Object.assign(guest, { ports: async () => ports });
  const web = await vm("web");
  await start(web);
  guest.say({ address: "127.0.0.1", port: 18_083 });
  const ask = async (ctx: Ctx) =>
    (await dns.queries!["ports"]!({ ...ctx, guest: asked as unknown as Guest })) as object[];
  await eventually(async () => (await ask(web.ctx)).some((port) => "host" in port && port.host !== null));
  const host = { address: `127.77.${block}.1`, port: 18_083 };
  expect(await ask(web.ctx)).toEqual([
    { ...ports[0], host, note: null },
    { ...ports[1], host: null, note: "only TCP is forwarded" },
    { ...ports[2], host: null, note: "just opened" },
  ]);
  const db = await vm("db", [bridged("172.16.0.2")]);
  await start(db);
  expect(await ask(db.ctx)).toEqual([
    { ...ports[0], host: null, note: "bound to 127.0.0.1 in the guest" },
    { ...ports[1], host: { address: "172.16.0.2", port: 68 }, note: null },
    { ...ports[2], host: { address: "172.16.0.2", port: 18_084 }, note: null },
  ]);
});
