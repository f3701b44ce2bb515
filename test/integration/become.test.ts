import { expect, test } from "bun:test";
import { join } from "node:path";

/** `npm start` is as good as its `become`: run here under Node, as npm does. */
const child = join(import.meta.dir, "../../scripts/lib/child.mjs");
const script = (argv: string[]): string =>
  `import(${JSON.stringify(child)}).then((m) => m.become(${JSON.stringify(argv)})).then((s) => process.exit(s))`;

function start(argv: string[]) {
  return Bun.spawn(["node", "-e", script(argv)], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
}

test("the status is passed on, a death by signal as 128+n", async () => {
  expect(await start(["sh", "-c", "exit 42"]).exited).toBe(42);
  expect(await start(["sh", "-c", "kill -KILL $$"]).exited).toBe(137);
});

test("stdin reaches the program, and its end too", async () => {
  const cat = start(["cat"]);
  void cat.stdin.write("one\ntwo\n");
  void cat.stdin.end();
  expect(await new Response(cat.stdout).text()).toBe("one\ntwo\n");
});

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s is passed on, and the program decides", async (signal) => {
  const name = signal.slice(3);
  const trap = start(["sh", "-c", `trap 'echo caught; exit 7' ${name}; echo ready; while :; do sleep 0.05; done`]);
  const reader = trap.stdout.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("ready\n");
  trap.kill(signal);
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("caught\n");
  expect(await trap.exited).toBe(7);
});
