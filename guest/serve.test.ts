// The agent's serving part, built with sanitizers, over a socket.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect, exec, execBody, field, integer, outputUntil, record, records, Session, Tag } from "./test/client.ts";
import { buildServer, missingTools } from "./test/native.ts";

const missing = missingTools();
const dir = mkdtempSync(join(tmpdir(), "banger-serve-"));
const path = join(dir, "sock");
const token = randomBytes(16);
let server: ReturnType<typeof Bun.spawn> | undefined;
let s: Session;

const terminal = (rows: number, cols: number) => record(5, Buffer.concat([integer(rows, 2), integer(cols, 2)]));

beforeAll(async () => {
  if (missing.length > 0) return;
  const program = await buildServer(dir);
  server = Bun.spawn([program, path, token.toString("hex"), "FROM=config"], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "inherit",
  });
  while (!existsSync(path)) await Bun.sleep(5);
  s = await Session.open(path, token);
}, 60_000);

afterAll(() => {
  server?.kill();
  rmSync(dir, { recursive: true, force: true });
});

async function eventually(what: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !what(); i++) await Bun.sleep(20);
  expect(what()).toBe(true);
}

describe.skipIf(missing.length > 0)("exec", () => {
  test("tells pid, output and code, stdout and stderr apart", async () => {
    const r = await exec(s, ["sh", "-c", "echo out; echo err >&2; exit 7"]);
    expect(r).toMatchObject({ out: "out\n", err: "err\n", code: 7, error: undefined });
    expect(r.pid).toBeGreaterThan(1);
  });

  test("arguments reach the program as given", async () => {
    const args = ["", " a  b ", "$HOME", "'", '"', "*", "\n"];
    const r = await exec(s, ["printf", "[%s]", ...args]);
    expect(r.out).toBe(args.map((a) => `[${a}]`).join(""));
  });

  test("environment: the request's, the configuration's, then a login's", async () => {
    const r = await exec(s, ["env"], [record(2, "A=1"), record(2, "USER=me")]);
    const env = r.out.trim().split("\n");
    expect(env).toContain("A=1");
    expect(env).toContain("USER=me");
    expect(env).toContain("FROM=config");
    expect(env.filter((e) => e.startsWith("USER="))).toHaveLength(1);
    expect(env.some((e) => e.startsWith("PATH=/usr/local/sbin"))).toBe(true);
  });

  test("a missing program, one that may not run, a missing directory and user", async () => {
    const plain = join(dir, "plain");
    writeFileSync(plain, "x");
    expect((await exec(s, ["no-such-program"])).error).toStartWith("NOT_FOUND: no-such-program");
    expect((await exec(s, [plain])).error).toStartWith("NOT_EXECUTABLE");
    expect((await exec(s, ["true"], [record(3, "/no/such")])).error).toStartWith(
      "NOT_FOUND: working directory /no/such",
    );
    expect((await exec(s, ["true"], [record(4, "nobody-at-all")])).error).toBe("NOT_FOUND: no user nobody-at-all");
  });

  test("working directories", async () => {
    expect((await exec(s, ["pwd"], [record(3, "/usr")])).out).toBe("/usr\n");
    expect((await exec(s, ["pwd"], [record(6, "/usr")])).out).toBe("/usr\n");
    expect((await exec(s, ["pwd"], [record(6, "/no/such")])).code).toBe(0);
  });

  test("64 MiB through cat come back the same", async () => {
    const block = randomBytes(1 << 20);
    const st = s.request(Tag.exec, execBody(["cat"]));
    const wanted = new Bun.CryptoHasher("sha256");
    const got = new Bun.CryptoHasher("sha256");
    for (let i = 0; i < 64; i++) {
      wanted.update(block);
      for (let at = 0; at < block.length; at += 65000) st.send(Tag.stdin, block.subarray(at, at + 65000));
    }
    st.send(Tag.stdinEof);
    let code: number | undefined;
    for (let m = await st.next(); m; m = await st.next()) {
      if (m.tag === Tag.stdout) got.update(m.body);
      if (m.tag === Tag.exit) code = m.body[1];
    }
    expect(code).toBe(0);
    expect(got.digest("hex")).toBe(wanted.digest("hex"));
  }, 60_000);

  test("a reader that stalls stalls the program, not the agent", async () => {
    const st = s.stream();
    st.paused = true;
    st.send(Tag.exec, execBody(["sh", "-c", "head -c 3000000 /dev/zero; echo done >&2"]));
    await Bun.sleep(300);
    expect((await exec(s, ["echo", "alive"])).out).toBe("alive\n");
    st.resume();
    const r = await collect(st);
    expect(r.out.length).toBe(3_000_000);
    expect(r.err).toBe("done\n");
  }, 20_000);

  test("signals overtake input that the program does not read", async () => {
    const st = s.request(Tag.exec, execBody(["sleep", "100"]));
    expect((await st.next())?.tag).toBe(Tag.started);
    for (let i = 0; i < 12; i++) st.send(Tag.stdin, Buffer.alloc(20_000));
    st.send(Tag.signal, Buffer.from([2]));
    expect((await collect(st)).signal).toBe(2);
  });

  test("a signal goes to the whole group", async () => {
    const st = s.request(Tag.exec, execBody(["sh", "-c", "sleep 100 & echo $!; wait"]));
    await st.next();
    const line = await st.next();
    const pid = Number(line?.body);
    st.send(Tag.signal, Buffer.from([15]));
    expect((await collect(st)).signal).toBe(15);
    await eventually(() => !existsSync(`/proc/${pid}`) || readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z"));
  });

  test("a background child holding the pipes does not hold EXIT", async () => {
    const began = performance.now();
    const r = await exec(s, ["sh", "-c", "sleep 3 & head -c 200000 /dev/zero"]);
    expect(r.out.length).toBe(200_000);
    expect(r.code).toBe(0);
    expect(performance.now() - began).toBeLessThan(2500);
  });

  test("a background child that writes on does not hold EXIT either", async () => {
    const r = await exec(s, ["sh", "-c", "(for i in 1 2 3 4 5 6 7 8; do echo x; sleep 0.2; done) & echo first"]);
    expect(r.code).toBe(0);
    expect(r.out).toMatch(/^(x\n)*first\n/);
    expect(r.out.match(/x/g)?.length ?? 0).toBeLessThan(8);
  });

  test("input after the program has closed it is thrown away", async () => {
    const r = await exec(s, ["sh", "-c", "exec <&-; sleep 0.2; echo ok"], [], "x".repeat(500_000));
    expect(r.out).toBe("ok\n");
  });

  test("RST ends the program", async () => {
    const st = s.request(Tag.exec, execBody(["sleep", "100"]));
    const pid = (await st.next())?.body.readUInt32BE(0);
    st.reset();
    await eventually(() => !existsSync(`/proc/${pid}`));
  });

  test("a terminal: size, resize, EOF character, foreground signal", async () => {
    const st = s.request(
      Tag.exec,
      execBody(
        ["sh", "-c", "stty size; tty >/dev/null && echo tty; read x; stty size; cat; exit 3"],
        [terminal(24, 80)],
      ),
    );
    expect(await outputUntil(st, "tty\r\n")).toBe("24 80\r\ntty\r\n");
    st.send(Tag.resize, Buffer.concat([integer(50, 2), integer(132, 2)]));
    st.send(Tag.stdin, "go\n");
    await outputUntil(st, "50 132\r\n");
    st.send(Tag.stdinEof);
    expect((await collect(st)).code).toBe(3);
    const other = s.request(Tag.exec, execBody(["sleep", "100"], [terminal(24, 80)]));
    await other.next();
    other.send(Tag.signal, Buffer.from([2]));
    expect((await collect(other)).signal).toBe(2);
  });

  test("all of a terminal's output comes before EXIT", async () => {
    const r = await exec(s, ["sh", "-c", "sleep 3 & seq 1 20000"], [terminal(24, 80)]);
    expect(r.out.endsWith("20000\r\n")).toBe(true);
    expect(r.code).toBe(0);
  });

  test("many at once", async () => {
    const all = await Promise.all(Array.from({ length: 60 }, (_, i) => exec(s, ["sh", "-c", `echo ${i}; exit ${i}`])));
    expect(all.map((r) => r.code)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  }, 30_000);
});

describe.skipIf(missing.length > 0)("files", () => {
  async function put(target: string, content: Uint8Array, more: Buffer[] = [], end = true) {
    const st = s.stream();
    st.send(Tag.filePut, Buffer.concat([record(1, target), ...more]));
    for (let at = 0; at < content.length; at += 60_000) st.send(Tag.data, content.subarray(at, at + 60_000));
    if (end) st.send(Tag.end);
    else st.fin();
    return st.next();
  }

  test("what was put is got, with its mode", async () => {
    const content = randomBytes(3_000_001);
    const target = join(dir, "a/b/file");
    expect((await put(target, content, [record(2, 0o640), record(5, 1, 1)]))?.tag).toBe(Tag.ok);
    expect(statSync(target).mode & 0o7777).toBe(0o640);
    const st = s.request(Tag.fileGet, record(1, target));
    const head = await st.next();
    expect(field(head?.body as Buffer, 1).readBigUInt64BE()).toBe(3_000_001n);
    const parts: Buffer[] = [];
    let last = 0;
    for (let m = await st.next(); m; m = await st.next()) {
      if (m.tag === Tag.data) parts.push(m.body);
      last = m.tag;
    }
    expect(last).toBe(Tag.end);
    expect(Buffer.concat(parts).equals(content)).toBe(true);
  });

  test("a broken put leaves the old file and nothing else", async () => {
    const target = join(dir, "kept");
    writeFileSync(target, "old");
    expect(String((await put(target, randomBytes(100_000), [], false))?.body)).toContain("BAD_REQUEST");
    expect(readFileSync(target, "utf8")).toBe("old");
    const names = Bun.spawnSync(["ls", dir]).stdout.toString();
    expect(names).not.toMatch(/kept\./);
  });

  test("a put through a link replaces what it points to and keeps its mode", async () => {
    writeFileSync(join(dir, "real"), "old");
    chmodSync(join(dir, "real"), 0o604);
    symlinkSync("real", join(dir, "link"));
    expect((await put(join(dir, "link"), Buffer.from("new")))?.tag).toBe(Tag.ok);
    expect(readFileSync(join(dir, "real"), "utf8")).toBe("new");
    expect(statSync(join(dir, "real")).mode & 0o777).toBe(0o604);
  });

  test("directories, devices and missing files are told apart", async () => {
    const get = async (p: string) => String((await s.request(Tag.fileGet, record(1, p)).next())?.body);
    expect(await get(dir)).toContain("BAD_REQUEST");
    expect(await get("/dev/null")).toContain("is a device");
    expect(await get(join(dir, "none"))).toContain("NOT_FOUND");
    expect(String((await put(dir, Buffer.from("x")))?.body)).toContain("BAD_REQUEST");
    expect(String((await put(join(dir, "no/parent"), Buffer.from("x")))?.body)).toContain("NOT_FOUND");
  });
});

describe.skipIf(missing.length > 0)("dial", () => {
  test("carries bytes both ways and half-closes", async () => {
    for (const unix of [false, true]) {
      const echo = createServer({ allowHalfOpen: true }, (c) => {
        const parts: Buffer[] = [];
        c.on("data", (b) => parts.push(b)).on("end", () => c.end(Buffer.concat(parts)));
      });
      const at = join(dir, "echo");
      await new Promise<void>((done) => (unix ? echo.listen(at, done) : echo.listen(0, "127.0.0.1", done)));
      const port = unix ? 0 : (echo.address() as { port: number }).port;
      const st = s.request(
        Tag.dial,
        unix ? record(3, at) : Buffer.concat([record(1, "localhost"), record(2, port, 2)]),
      );
      expect((await st.next())?.tag).toBe(Tag.ok);
      const got: Buffer[] = [];
      const ended = new Promise<void>((done) => {
        const old = st.ended.bind(st);
        st.ended = () => (old(), done());
      });
      st.raw = (b) => got.push(Buffer.from(b));
      const bytes = randomBytes(1_500_000);
      st.sendRaw(bytes);
      st.fin();
      await ended;
      expect(Buffer.concat(got).equals(bytes)).toBe(true);
      echo.close();
    }
  });

  test("a closed port is REFUSED, a name is not looked up", async () => {
    const closed = await s.request(Tag.dial, Buffer.concat([record(1, "127.0.0.1"), record(2, 1, 2)])).next();
    expect(String(closed?.body)).toContain("REFUSED");
    const named = await s.request(Tag.dial, Buffer.concat([record(1, "example.invalid"), record(2, 80, 2)])).next();
    expect(String(named?.body)).toContain("BAD_REQUEST");
  });
});

describe.skipIf(missing.length > 0)("the rest", () => {
  test("hello, health, ports, sync", async () => {
    expect(records(s.hello).map((r) => r.tag)).toEqual([1, 2, 3, 4]);
    const health = (await s.request(Tag.health).next())?.body as Buffer;
    expect(String(field(health, 2))).toBe("none");
    expect(Number(field(health, 4).readBigUInt64BE())).toBeGreaterThan(1000);
    const listener = createServer();
    await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
    const { port } = listener.address() as { port: number };
    const ports = records((await s.request(Tag.ports).next())?.body as Buffer).map((r) => r.body);
    const ours = ports.find((p) => field(p, 3).readUInt16BE() === port);
    expect(String(field(ours as Buffer, 2))).toBe("127.0.0.1");
    expect(field(ours as Buffer, 5).readUInt32BE()).toBe(process.pid);
    listener.close();
    expect((await s.request(Tag.sync).next())?.tag).toBe(Tag.ok);
    expect(String(field((await s.request(Tag.waitBoot).next())?.body as Buffer, 1))).toBe("none");
  });

  test("a machine that is not the agent's is neither ended nor set", async () => {
    expect(String((await s.request(Tag.shutdown).next())?.body)).toContain("DENIED");
    expect(String((await s.request(Tag.clock, integer(1, 8)).next())?.body)).toContain("DENIED");
  });

  test("an unknown request and one that is none", async () => {
    expect(String((await s.request(0x7e).next())?.body)).toContain("BAD_REQUEST");
    expect(String((await s.request(Tag.stdin, "x").next())?.body)).toContain("BAD_REQUEST");
    expect((await exec(s, ["true"])).code).toBe(0);
  });

  test("a new mark in the middle of a frame begins a new session and ends the old one's programs", async () => {
    const st = s.request(Tag.exec, execBody(["sleep", "100"]));
    const pid = (await st.next())?.body.readUInt32BE(0);
    s.write(Buffer.from([0, 0, 0, 0, 0, 0, 0, st.id, 0, 0, 0x80, 0, 0x10, 0, 0, 0x70]));
    const again = new Session(s.socket, token);
    await again.greeted;
    s = again;
    expect((await exec(s, ["echo", "again"])).out).toBe("again\n");
    await eventually(() => !existsSync(`/proc/${pid}`));
  });

  test("a violation ends the session, not the agent", async () => {
    const over = new Promise<void>((done) => (s.onGoAway = done));
    s.write(Buffer.from([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]));
    await over;
    await s.close();
    s = await Session.open(path, token);
    expect((await exec(s, ["true"])).code).toBe(0);
  });

  test("noise before the mark is skipped; without a mark nothing is answered", async () => {
    await s.close();
    const raw = connect(path);
    await new Promise((done) => raw.once("connect", done));
    let answered = false;
    raw.once("data", () => (answered = true));
    raw.write(randomBytes(100_000));
    await Bun.sleep(100);
    expect(answered).toBe(false);
    const session = new Session(raw, token);
    await session.greeted;
    expect((await exec(session, ["echo", "heard"])).out).toBe("heard\n");
    s = session;
  });

  test("random frames after the mark leave the agent alive", async () => {
    for (let i = 0; i < 30; i++) {
      const raw = connect(path);
      await new Promise((done) => raw.once("connect", done));
      raw.on("error", () => {});
      const noise = Array.from({ length: 40 }, (_, n) => {
        const body = randomBytes(Math.floor(Math.random() * 40));
        const head = Buffer.from([
          0,
          Math.random() * 3,
          0,
          1 << Math.floor(Math.random() * 4),
          0,
          0,
          0,
          2 * n + 1,
          0,
          0,
          0,
          body.length,
        ]);
        return Buffer.concat([head, record(Math.floor(Math.random() * 14), body).subarray(0, body.length)]);
      });
      raw.write(Buffer.concat([token, randomBytes(8), ...noise]));
      await Bun.sleep(5);
      raw.destroy();
    }
    s = await Session.open(path, token);
    expect((await exec(s, ["echo", "alive"])).out).toBe("alive\n");
    expect(server?.exitCode).toBe(null);
  }, 20_000);
});
