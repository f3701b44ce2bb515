import { expect, test } from "bun:test";
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { readFiles } from "./files.ts";
import { findPlugin, findPlugins } from "./find.ts";

const dir = join(scratchFolder(), "banger/plugins");
mkdirSync(join(dir, "hello/lib"), { recursive: true, mode: 0o700 });
const write = (path: string, text: string): void => writeFileSync(join(dir, path), text, { mode: 0o600 });
write("hello/package.json", "{}");
write("hello/lib/a.ts", "a");
const look = (name = "hello") => readFiles(findPlugin(dir, name), dir, process.getuid!());

test("the digest is of names, contents and links, and of nothing else", () => {
  const before = look();
  expect(before).toMatchObject({ count: 2, bytes: 3 });
  expect(look()).toEqual(before);
  const changes: (readonly [() => void, () => void])[] = [
    [() => write("hello/lib/a.ts", "b"), () => write("hello/lib/a.ts", "a")],
    [() => write("hello/new.ts", ""), () => rmSync(join(dir, "hello/new.ts"))],
    [
      () => renameSync(join(dir, "hello/lib/a.ts"), join(dir, "hello/a.ts")),
      () => renameSync(join(dir, "hello/a.ts"), join(dir, "hello/lib/a.ts")),
    ],
    [() => symlinkSync("lib", join(dir, "hello/link")), () => rmSync(join(dir, "hello/link"))],
    [
      () => mkdirSync(join(dir, "hello/empty"), { mode: 0o700 }),
      () => rmSync(join(dir, "hello/empty"), { recursive: true }),
    ],
  ];
  const digests = changes.map(([make, unmake]) => {
    make();
    const { digest } = look();
    unmake();
    return digest;
  });
  expect(new Set([before.digest, ...digests]).size).toBe(changes.length + 1);
  expect(look()).toEqual(before);
});

test("a named pipe is no file of a plugin", () => {
  Bun.spawnSync(["mkfifo", "-m", "600", join(dir, "hello/pipe")]);
  expect(look).toThrow("hello/pipe is no file, folder or link");
  rmSync(join(dir, "hello/pipe"));
});

test("a file is its code and its manifest, and what is no plugin is not found", () => {
  write("word.ts", "");
  write("word.json", "{}");
  write("word.test.ts", "");
  write("Bad.ts", "");
  linkSync(join(dir, "word.json"), join(dir, "other.json"));
  expect(findPlugins(dir).map(({ name }) => name)).toEqual(["hello", "word"]);
  expect(look("word")).toMatchObject({ count: 2, bytes: 2 });
  expect(() => findPlugin(dir, "../word")).toThrow("there is no plugin called ../word");
  expect(findPlugins(join(dir, "nowhere"))).toEqual([]);
});
