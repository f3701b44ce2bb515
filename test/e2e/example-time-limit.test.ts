import { afterAll, beforeAll, expect, test } from "bun:test";
import { enableExample } from "../helpers/example-plugin.ts";
import { eventually } from "../helpers/eventually.ts";
import { World } from "../helpers/world.ts";

/** examples/plugins/time-limit, as somebody who has copied it uses it. */
let world: World;
beforeAll(async () => {
  world = await World.create();
  await enableExample(world, "time-limit");
});
afterAll(() => world.destroy());

interface Shown {
  readonly state: string;
  readonly stateReason: string | null;
  readonly capabilities: { readonly "time-limit"?: { readonly stopsAt: string; readonly stopsIn: string } };
}
const shown = (): Promise<Shown> => world.json<Shown>("vm", "show", "box");

test("what is no time is refused by the flag's name, and nothing exists", async () => {
  const { code, stderr } = await world.run(["vm", "create", "--name", "box", "--time-limit", "soon"]);
  expect(stderr).toContain("--time-limit: must be a time like 90s, 45m or 8h, or none (capability/time-limit)");
  expect(code).toBe(2);
  expect(await world.json<unknown[]>("vm", "list")).toEqual([]);
});

test("a VM gets a limit while it runs, which begins with its start, and is kept beyond the daemon's death", async () => {
  const began = Date.now();
  const small = ["--memory", "256M", "--disk-size", "1G", "-q"];
  await world.ok("vm", "create", "--name", "box", ...small);
  expect((await shown()).capabilities).toEqual({});
  await world.ok("vm", "set", "-q", "box", "--time-limit", "2h");
  const { stopsAt, stopsIn } = (await shown()).capabilities["time-limit"]!;
  const after = Date.parse(stopsAt) - began;
  expect(after).toBeGreaterThan(7_200_000);
  expect(after).toBeLessThan(7_200_000 + Date.now() - began);
  expect(stopsIn).toMatch(/^1h 59m$|^2h$/);
  process.kill(await world.daemonPid(), "SIGKILL");
  expect((await shown()).capabilities["time-limit"]?.stopsAt).toBe(stopsAt);
});

test("its terminals are told, then it is stopped, and its record says why", async () => {
  const terminal = world.spawn(["vm", "exec", "-t", "box", "--", "sh", "-c", "tty; exec sleep 600"]);
  let printed = "";
  const read = (async () => {
    for await (const chunk of terminal.stdout) printed += new TextDecoder().decode(chunk);
  })();
  await eventually(() => printed.includes("/dev/pts/"), 60_000);
  const ran = Date.now() - Date.parse((await shown()).capabilities["time-limit"]!.stopsAt) + 7_200_000;
  const limit = Math.ceil(ran / 1000) + 15;
  await world.ok("vm", "set", "-q", "box", "--time-limit", `${limit}s`, "--time-limit-warning", "12s");
  while ((await shown()).state !== "stopped") await Bun.sleep(500);
  expect((await shown()).stateReason).toMatch(/^capability\/time-limit: it has run for /);
  await terminal.exited;
  await read;
  expect(printed).toMatch(/box will be stopped in \d+s: its time is over then/);
  expect(world.rows("select * from journal where participant = 'capability/time-limit'")).toEqual([]);
});
