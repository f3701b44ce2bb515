import { join } from "node:path";
import { banger, type World } from "../../test/helpers/world.ts";
import { ms, type Row } from "../table.ts";
import { paired, timed } from "../timing.ts";

const bulk = new Uint8Array(64 << 20);

/** `vm exec` against ssh into the same guest's sshd (through `vm proxy`, as no route leads to the guest). */
export async function execRows(world: World, rounds: number): Promise<Row[]> {
  await world.ok("vm", "create", "-q", "--name", "target", "--wait", "ssh");
  const ssh = sshInto(world, "target");
  const exec = (...argv: string[]) => ["vm", "exec", "target", "--", ...argv];
  const command = await paired(
    rounds,
    () => timed(() => world.ok(...exec("true"))),
    () => timed(() => ssh(["true"])),
  );
  const upload = await paired(
    Math.max(2, rounds >> 1),
    async () => {
      const { ms: took, code } = await world.run(exec("sh", "-c", "cat >/dev/null"), { stdin: bulk });
      if (code !== 0) throw new Error(`exec exited ${code}`);
      return took;
    },
    () => timed(() => ssh(["cat >/dev/null"], bulk)),
  );
  await world.ok(...exec("dd", "if=/dev/zero", "of=/tmp/bulk", "bs=1M", `count=${bulk.length >> 20}`, "status=none"));
  const download = await paired(
    Math.max(2, rounds >> 1),
    () => timed(() => world.run(exec("cat", "/tmp/bulk"))),
    () => timed(() => ssh(["cat /tmp/bulk"])),
  );
  // Written in small pieces, each of which wakes whoever reads: what it costs is the guest's.
  const pieces = await paired(
    2,
    () => timed(() => world.run(exec("head", "-c", String(bulk.length), "/dev/zero"))),
    () => timed(() => ssh([`head -c ${bulk.length} /dev/zero`])),
  );
  await world.ok("vm", "delete", "-f", "target");
  const speed = (what: string, { a, b, ratio }: typeof upload, limit?: Row["limit"]): Row => ({
    what,
    ours: ms(a.median),
    against: `ssh ${ms(b.median)}`,
    ratio: 1 / ratio,
    ...(limit !== undefined && { limit }),
    figures: { ours: a.median, ssh: b.median },
  });
  return [
    {
      what: "vm exec -- true",
      ours: ms(command.a.median),
      against: `ssh host true ${ms(command.b.median)}`,
      ratio: command.ratio,
      limit: { most: 0.1 },
      figures: { ours: command.a.median, ssh: command.b.median },
    },
    speed("64 MiB into the guest (times faster)", upload, { least: 5 }),
    speed("64 MiB out of the guest (times faster)", download, { least: 5 }),
    speed("the same written in small pieces", pieces),
  ];
}

function sshInto(world: World, name: string) {
  const options = [
    "StrictHostKeyChecking=no",
    "UserKnownHostsFile=/dev/null",
    "LogLevel=ERROR",
    `ProxyCommand=${banger} vm proxy ${name}`,
  ];
  const argv = [
    "ssh",
    "-F",
    "none",
    "-i",
    join(world.stateDir, "ssh/id_ed25519"),
    ...options.flatMap((option) => ["-o", option]),
    `root@${name}`,
  ];
  return async (remote: readonly string[], stdin?: Uint8Array): Promise<void> => {
    const child = Bun.spawn([...argv, ...remote], {
      env: { ...world.env },
      stdin: stdin ?? "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const [, stderr] = await Promise.all([new Response(child.stdout).arrayBuffer(), new Response(child.stderr).text()]);
    if ((await child.exited) !== 0) throw new Error(`ssh ${remote.join(" ")} exited ${child.exitCode}\n${stderr}`);
  };
}
