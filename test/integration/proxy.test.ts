import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync } from "node:fs";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { spawn } from "node:child_process";
import { Client, Server, utils, type Connection } from "ssh2";
import { RpcServer } from "../../src/rpc/server.ts";
import { generateEd25519 } from "../../src/ssh/key.ts";
import { banger } from "../helpers/binary.ts";
import { scratchFolder } from "../helpers/scratch.ts";

/** An ssh client behind `banger vm proxy`, as behind OpenSSH's ProxyCommand; the guest's sshd is a server of another make. */
const folder = scratchFolder();
const [hostKey, userKey] = [generateEd25519("guest"), generateEd25519("user")];

const sshd = new Server({ hostKeys: [hostKey.privateKey] }, (connection) => serveSsh(connection));
let daemon: RpcServer;

/** Lets in whoever has the user's key; `cat` is the one program that there is. */
function serveSsh(connection: Connection): void {
  const allowed = utils.parseKey(userKey.publicKey);
  if (allowed instanceof Error) throw allowed;
  connection.on("authentication", (attempt) => {
    const known = attempt.method === "publickey" && attempt.key.data.equals(allowed.getPublicSSH());
    if (known) attempt.accept();
    else attempt.reject(["publickey"]);
  });
  connection.on("session", (accept) =>
    accept().on("exec", (run, refuse, { command }) => {
      if (command !== "cat") return refuse();
      const channel = run();
      channel.on("data", (chunk: Buffer) => void channel.write(chunk));
      channel.on("end", () => {
        channel.exit(7);
        channel.end();
      });
    }),
  );
  connection.on("error", () => {});
}

beforeAll(async () => {
  await new Promise<void>((resolve) => void sshd.listen(0, "127.0.0.1", resolve));
  mkdirSync(join(folder, "banger"), { mode: 0o700 });
  chmodSync(folder, 0o700);
  const version = Bun.spawnSync([banger, "version", "--json"]).stdout.toString();
  daemon = await RpcServer.listen({
    socketPath: join(folder, "banger/daemon.sock"),
    version: (JSON.parse(version) as { version: string }).version,
    peerOf: () => ({ pid: 0, uid: 0, gid: 0 }),
    admit: () => {},
    newOperation: () => "op-1",
    onError: () => {},
    routes: [
      {
        kind: "upgrade",
        protocol: "banger-dial",
        method: "POST",
        path: "/v1/vms/:ref/dial",
        async handle(call, accept) {
          if (call.query.get("port") !== "22" || call.params["ref"] !== "web")
            throw new Error("asked for another port");
          const guest = connect((sshd.address() as AddressInfo).port, "127.0.0.1");
          const socket = accept();
          socket.pipe(guest).pipe(socket);
        },
      },
    ],
  });
  chmodSync(join(folder, "banger/daemon.sock"), 0o600);
});
afterAll(() => {
  daemon.close();
  sshd.close();
});

/** The proxy's stdin and stdout as one stream. */
function proxy(): { stream: Duplex; exited: Promise<number | null> } {
  const child = spawn(banger, ["vm", "proxy", "web"], {
    env: { HOME: folder, PATH: "/usr/bin:/bin", XDG_RUNTIME_DIR: folder },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { stream: Duplex.from({ readable: child.stdout, writable: child.stdin }), exited };
}

async function logIn(privateKey: string): Promise<{ client: Client; exited: Promise<number | null> }> {
  const { stream, exited } = proxy();
  const client = new Client();
  try {
    await new Promise<void>((resolve, reject) => {
      client.once("ready", resolve).once("error", reject);
      client.connect({ sock: stream, username: "root", privateKey, hostVerifier: isGuest });
    });
  } catch (thrown) {
    client.destroy();
    await exited;
    throw thrown;
  }
  return { client, exited };
}

function isGuest(key: Buffer): boolean {
  const expected = utils.parseKey(hostKey.publicKey);
  return !(expected instanceof Error) && key.equals(expected.getPublicSSH());
}

test("a login with our keys through the proxy, bytes both ways, the program's status, and the proxy ends with it", async () => {
  const { client, exited } = await logIn(userKey.privateKey);
  const sent = crypto.getRandomValues(Buffer.alloc(60_000));
  const received: Buffer[] = [];
  const status = await new Promise<number>((resolve, reject) => {
    client.exec("cat", (error, channel) => {
      if (error !== undefined) return reject(error);
      channel.on("data", (chunk: Buffer) => void received.push(chunk)).on("exit", resolve);
      channel.end(sent);
    });
  });
  expect(status).toBe(7);
  expect(Buffer.concat(received).equals(sent)).toBe(true);
  client.end();
  expect(await exited).toBe(0);
});

test("a stranger's key is refused", async () => {
  const refused = await logIn(generateEd25519("stranger").privateKey).catch((error: Error) => error.message);
  expect(refused).toContain("authentication methods failed");
});
