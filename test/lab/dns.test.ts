import { afterAll, beforeAll, expect } from "bun:test";
import type { Account } from "./account.ts";
import { Lab } from "./lab.ts";
import { retry } from "./retry.ts";
import { scenario } from "./scenario.ts";

interface Vm {
  readonly address: string;
}

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.up();
});
afterAll(() => lab.down());

const dropIn = "/etc/systemd/resolved.conf.d/banger.conf";

/** What the host's resolver says of a name; null where there is none. */
async function lookUp(name: string): Promise<string | null> {
  const { code, stdout } = await lab.run(["getent", "hosts", name]);
  return code === 0 ? stdout.split(" ")[0]! : null;
}

/** Starts a web server in a guest. */
async function serve(account: Pick<Account, "banger">, vm: string, host: string): Promise<void> {
  const program = `use IO::Socket::INET;
    my $s = IO::Socket::INET->new(Listen => 5, ReuseAddr => 1, LocalAddr => "${host}", LocalPort => 8000) or die $!;
    fork and exit; syscall(112); # setsid
    open STDOUT, ">/dev/null"; open STDERR, ">/dev/null";
    while (my $c = $s->accept) { 1 while <$c> =~ /\\S/; print $c "HTTP/1.0 200 OK\\r\\n\\r\\nhello from ${vm}\\n"; close $c }`;
  await account.banger("vm", "exec", vm, "--", "perl", "-e", program);
}

const fetched = (url: string): Promise<string> => lab.ok(["curl", "--silent", "--show-error", "--max-time", "10", url]);

scenario(
  () => lab,
  "on a bridge systemd-resolved knows the names of VMs that run, and of no others",
  async () => {
    await Promise.all(
      ["web", "db"].map((name) => lab.banger("vm", "run", "-d", "--network", "bridge", "--name", name)),
    );
    const [web, db] = [await lab.json<Vm>("vm", "show", "web"), await lab.json<Vm>("vm", "show", "db")];
    expect(await lookUp("web.vm")).toBe(web.address);
    expect(await lookUp("db.vm")).toBe(db.address);
    expect(await lookUp("none.vm")).toBeNull();
    expect(await lab.ok(["resolvectl", "domain", "br-fc"])).toContain("~vm");
    await serve(lab, "web", "0.0.0.0");
    expect(await fetched("http://web.vm:8000/")).toBe("hello from web");

    await lab.banger("vm", "stop", "web");
    expect(await lookUp("web.vm")).toBeNull();
    expect(await lookUp("db.vm")).toBe(db.address);
    await lab.banger("vm", "start", "web");
    expect(await lookUp("web.vm")).toBe(web.address);
  },
  600_000,
);

scenario(
  () => lab,
  "a daemon that is killed: the next one serves the names again",
  async () => {
    const { pid } = await lab.json<{ pid: number }>("daemon", "status");
    const { address } = await lab.json<Vm>("vm", "show", "db");
    await lab.ok(["kill", "-9", `${pid}`]);
    expect(await lookUp("db.vm")).toBeNull();
    await lab.banger("vm", "list");
    await retry(async () => expect(await lookUp("db.vm")).toBe(address));
  },
);

scenario(
  () => lab,
  "with the last VM the bridge goes, and its routing of names with it",
  async () => {
    await lab.banger("vm", "delete", "--force", "web", "db");
    expect(await lookUp("db.vm")).toBeNull();
    expect(await lab.ok(["resolvectl", "dns"])).not.toContain("127.0.0.1:42069");
    expect(await lab.ok(["ss", "-Hlntu", "sport = :42069"])).toBe("");
  },
);

scenario(
  () => lab,
  "an ordinary user's VMs have names once the host's resolver is told as doctor says",
  async () => {
    const u = lab.user("u");
    await u.banger("vm", "run", "-d", "--name", "web");
    await serve(u, "web", "127.0.0.1");
    const { rows } = await u.json<{ rows: { row: string; status: string; fix?: string[] }[] }>("doctor");
    const row = rows.find(({ row }) => row === "dns")!;
    expect(row.status).toBe("warn");
    expect(await lookUp("web.vm")).toBeNull();

    await u.ok(row.fix!);
    expect(await lab.get(dropIn)).toBe("[Resolve]\nDNS=127.0.0.1:43070\nDomains=~vm");
    const { address } = await u.json<Vm>("vm", "show", "web");
    expect(address).toMatch(/^127\.77\.236\./);
    await retry(async () => expect(await lookUp("web.vm")).toBe(address));
    await retry(async () => expect(await fetched("http://web.vm:8000/")).toBe("hello from web"));
    expect(await u.banger("doctor")).toMatch(
      /^ok +dns +answers on 127\.0\.0\.1:43070, and this host asks it for \.vm$/m,
    );
    expect(await u.banger("vm", "ports", "web")).toContain(`${address}:8000`);

    await u.banger("vm", "stop", "web");
    expect(await lookUp("web.vm")).toBeNull();
    expect((await lab.run(["curl", "--silent", `http://${address}:8000/`])).code).toBe(7);
    await u.banger("vm", "delete", "web");
  },
  600_000,
);
