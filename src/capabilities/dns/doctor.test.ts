import { expect, test } from "bun:test";
import { createServer, type AddressInfo } from "node:net";
import { serveAnywhere } from "../../../test/helpers/serve-dns.ts";
import { FakeHost, type FakeAnswers } from "../../host/fake-host.ts";
import { findings } from "./doctor.ts";
import { parseHolder } from "./listening.ts";
import { Zone } from "./zone.ts";

/** A host whose programs print this; those that are null are not installed. */
function hostOf(says: Readonly<Record<string, string | null>>): FakeHost {
  const answers: FakeAnswers = {
    which: (program) => (says[program] === null ? null : `/usr/bin/${program}`),
    run: ([program]) => ({ stdout: says[program!] ?? "", code: says[program!] === undefined ? 1 : 0 }),
  };
  return new FakeHost(answers);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("nobody listens: no VM runs; the host's resolver can be told all the same", async () => {
  const port = await freePort();
  const [silent] = await findings(hostOf({ resolvectl: "Global:\nLink 2 (eth0): example.org\n" }), port);
  expect(silent).toMatchObject({ status: "pass", message: `served on 127.0.0.1:${port} while VMs run` });
  expect(silent!.detail).toContain(`  DNS=127.0.0.1:${port}`);
  const [routes] = await findings(hostOf({ resolvectl: "Global: ~vm\n" }), port);
  expect(routes).toEqual({
    row: "dns",
    status: "pass",
    message: `served on 127.0.0.1:${port} while VMs run, and this host asks it for .vm`,
  });
  const [other] = await findings(hostOf({ resolvectl: null }), port);
  expect(other!.detail!.join()).toContain("docs/dns.md");
});

test("it answers: whether the host asks it is tried, not guessed", async () => {
  const { port, close } = await serveAnywhere(new Zone());
  const asked = await findings(hostOf({ getent: "127.0.0.1       STREAM doctor.banger.vm\n", resolvectl: null }), port);
  expect(asked).toEqual([
    { row: "dns", status: "pass", message: `answers on 127.0.0.1:${port}, and this host asks it for .vm` },
  ]);
  const [silent] = await findings(hostOf({ resolvectl: "Global:\n" }), port);
  expect(silent).toMatchObject({
    status: "warn",
    message: `answers on 127.0.0.1:${port}, and this host does not ask it for .vm`,
  });
  expect(silent!.fix!.at(-1)).toContain(`printf '[Resolve]\\nDNS=127.0.0.1:${port}\\nDomains=~vm\\n' > /etc/systemd/`);
  const [other] = await findings(hostOf({ resolvectl: null }), port);
  expect(other!.fix).toBeUndefined();
  close();
});

test.each([
  ["says nothing", () => {}],
  ["talks of something else", (socket: import("node:net").Socket) => void socket.write("220 mail\r\n")],
  ["hangs up", (socket: import("node:net").Socket) => void socket.destroy()],
])("another program that has the port and %s is named", async (_, talk) => {
  const other = createServer((socket) => talk(socket.on("error", () => {})));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const [finding] = await findings(hostOf({ ss: 'users:(("dnsmasq",pid=71,fd=4))' }), port, 200);
  other.close();
  expect(finding).toMatchObject({
    status: "warn",
    message: `127.0.0.1:${port} is taken by dnsmasq (pid 71): VMs start, and have no names`,
  });
});

test("who has a port is read from what ss prints", () => {
  const line = 'udp UNCONN 0 0 127.0.0.1:42069 0.0.0.0:* users:(("a b",pid=7,fd=5),("c",pid=8,fd=5))';
  expect(parseHolder(line)).toBe("a b (pid 7)");
  expect(parseHolder('tcp LISTEN 0 1 127.0.0.1:1 0.0.0.0:* users:(("a\u001b[31mb\u0007",pid=7,fd=4))')).toBe(
    "ab (pid 7)",
  );
  expect(parseHolder("udp UNCONN 0 0 127.0.0.1:42069 0.0.0.0:*")).toBeNull();
});
