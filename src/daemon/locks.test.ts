import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { resolvePaths } from "../core/model/paths.ts";
import { failure } from "../../test/helpers/failure.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { takeLocks } from "./locks.ts";

const folder = scratchFolder();

test("one daemon a state, also where another socket is looked for; both can be taken again afterwards", async () => {
  const at = (runtime: string) =>
    resolvePaths({ HOME: folder, XDG_STATE_HOME: folder, XDG_RUNTIME_DIR: join(folder, runtime) }, 0, folder);
  for (const dir of [at("a").runtimeDir, at("b").runtimeDir, at("a").stateDir]) mkdirSync(dir, { recursive: true });
  const held = await takeLocks(at("a"), 20);
  const other = await takeLocks(at("b"), 20).catch((thrown: unknown) => thrown);
  expect(other).toMatchObject({
    code: "DAEMON_UNREACHABLE",
    message: `a daemon with another socket serves ${folder}/banger: ${folder}/a/banger/daemon.sock`,
  });
  expect((other as { hint: string }).hint).toEndWith(`kill ${process.pid}`);
  expect((await failure(takeLocks(at("a"), 20))).message).toBe("another daemon serves here already");
  for (const lock of held) lock.release();
  for (const lock of await takeLocks(at("b"), 20)) lock.release();
});
