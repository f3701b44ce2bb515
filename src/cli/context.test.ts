import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fakeIo } from "../../test/helpers/fake-io.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { resolvePaths } from "../core/model/paths.ts";
import { formatService } from "../core/model/service.ts";
import { admit, createContext, placesOf } from "./context.ts";

const own = resolvePaths({ HOME: "/nonexistent/home", XDG_RUNTIME_DIR: "/nonexistent/run" }, 1000, "/nonexistent");

test("where banger is not installed, everybody has their own", async () => {
  expect(await placesOf(fakeIo())).toEqual({ paths: own, owner: null, problem: null });
});

/** A record that only root may have written: what this process writes is root's when it is root. */
const asRoot = process.getuid!() === 0;
const folder = join(scratchFolder(), "etc");
mkdirSync(folder, { mode: 0o755 });
const serviceRecord = join(folder, "install.toml");
const places = { stateDir: "/s", cacheDir: "/c", runtimeDir: "/r", helperSocket: "/h", binary: "/b", home: "/home/w" };
writeFileSync(serviceRecord, formatService({ version: "1", owner: "w", uid: 1001, gid: 1001, made: [], ...places }));

test.each([
  [1001, "/r/daemon.sock", null],
  [0, "/r/daemon.sock", null],
  [1000, "/nonexistent/run/banger/daemon.sock", "w"],
] as const)("where it is, user %i goes to %s", async (uid, socket, owner) => {
  const found = await placesOf({ ...fakeIo(), uid, serviceRecord });
  if (asRoot) expect({ ...found, paths: found.paths.socket }).toEqual({ paths: socket, owner, problem: null });
  else expect(found).toMatchObject({ owner: null, problem: expect.stringContaining("it belongs to user") });
});

test("another than the owner is refused with the owner's name; a record that does not count is told of", async () => {
  const io = fakeIo();
  const { reporter } = createContext("vm list", {}, null, io, own);
  expect(() => admit({ paths: own, owner: "w", problem: null }, reporter)).toThrow(
    expect.objectContaining({ code: "NOT_OWNER", message: "banger is installed here for w, and only for w" }),
  );
  admit({ paths: own, owner: null, problem: "it is everybody's; it is ignored" }, reporter);
  await reporter.settle();
  expect(io.stderr()).toContain("warning: it is everybody's; it is ignored");
});
