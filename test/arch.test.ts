import { describe, expect, test } from "bun:test";
import { dirname, join, normalize } from "node:path";
import { sourceFiles, type Source } from "./helpers/source-files.ts";

/**
 * A room is a folder of src/ (or of src/drivers and src/capabilities, whose members are rooms of their own).
 * Every room may import itself and core/api. What else it may import is listed here; `lazily` means import() only.
 */
const rooms: Readonly<Record<string, { may: readonly string[]; lazily?: readonly string[] }>> = {
  "core/api": { may: [] },
  core: { may: ["core/api"] },
  host: { may: ["core"] },
  store: { may: ["core"] },
  drivers: { may: ["core"] },
  capabilities: { may: ["core"] },
  plugins: { may: ["core", "host", "rpc"] },
  images: { may: ["core", "host"] },
  guest: { may: ["core", "host"] },
  workspace: { may: ["core", "host", "guest"] },
  ssh: { may: ["core", "host", "guest"] },
  rpc: { may: ["core", "host"] },
  helper: { may: ["core", "host", "assets"] },
  system: { may: ["core", "host", "rpc", "assets"] },
  doctor: { may: ["*", "!cli", "!daemon", "!helper"] },
  cli: {
    may: ["rpc", "core", "host", "doctor", "ssh", "assets"],
    lazily: ["builtins", "capabilities", "plugins", "system"],
  },
  daemon: { may: ["*", "!cli", "!helper"] },
  builtins: { may: ["core", "host", "drivers", "capabilities", "plugins"] },
  assets: { may: [] },
  main: { may: ["cli"], lazily: ["daemon", "helper", "host", "plugins"] },
};

/** What core may not do at all: it is pure. */
const impure = /^(bun$|bun:|(node:)?(fs|child_process|net|http|https|os|dgram|tty|worker_threads|process)(\/|$))/;

const files = sourceFiles("src").filter(({ path }) => !path.endsWith(".test.ts") && !path.includes("/fixtures/"));
const transpiler = new Bun.Transpiler({ loader: "ts" });

/** `drivers/vmm/qemu`, `drivers/vmm` and `capabilities/dns` are rooms; elsewhere the first folder is, with core/api apart. */
function roomOf(path: string): string {
  const [, first = "", second = "", third = "", ...rest] = path.split("/");
  if (first === "drivers" && rest.length > 0) return `drivers/${second}/${third}`;
  if (first === "drivers" && third !== "") return `drivers/${second}`;
  if (first === "capabilities" && third !== "") return `capabilities/${second}`;
  if (first === "core" && second === "api") return "core/api";
  return first.replace(/\.ts$/, "");
}

function allowed(from: string, to: string, kind: string): boolean {
  if (from === to || to === "core/api") return true;
  // An index of drivers or capabilities lists its members; they never import each other.
  if (to.startsWith(`${from}/`)) return true;
  // What the drivers of one family share lies in the family's own folder.
  if (to.split("/").length === 2 && from.startsWith(`${to}/`)) return true;
  const family = from.split("/")[0] ?? "";
  const rule = rooms[from] ?? rooms[family];
  const target = to.split("/")[0] ?? "";
  if (!rule || (family === target && family !== "core")) return false;
  if (rule.lazily?.includes(target)) return kind === "dynamic-import";
  if (rule.may.includes(`!${target}`)) return false;
  return rule.may.includes("*") || rule.may.includes(target);
}

/** Imports as the compiler leaves them: types are gone, so the rules are about what runs. */
function imports({ path, text }: Source): { to: string; kind: string }[] {
  return transpiler.scanImports(text).map((found) => ({
    to: found.path.startsWith(".") ? normalize(join(dirname(path), found.path)) : found.path,
    kind: found.kind,
  }));
}

test("the source tree was found", () => {
  expect(files.length).toBeGreaterThan(10);
  expect(files.flatMap(imports).filter(({ to }) => to.startsWith("src/")).length).toBeGreaterThan(10);
});

describe("the rules themselves", () => {
  test.each([
    ["core", "host", "import-statement", false],
    ["core/api", "core", "import-statement", false],
    ["cli", "daemon", "dynamic-import", false],
    ["main", "daemon", "import-statement", false],
    ["main", "daemon", "dynamic-import", true],
    ["doctor", "cli", "import-statement", false],
    ["doctor", "store", "import-statement", true],
    ["drivers/vmm/qemu", "drivers/network/user", "import-statement", false],
    ["drivers/vmm/qemu", "core", "import-statement", true],
    ["drivers/vmm/qemu", "drivers/vmm", "import-statement", true],
    ["drivers/vmm/qemu", "drivers/vmm/firecracker", "import-statement", false],
    ["drivers/vmm/qemu", "drivers/network", "import-statement", false],
    ["drivers", "drivers/vmm/qemu", "import-statement", true],
    ["capabilities/dns", "host", "import-statement", false],
    ["nowhere", "core", "import-statement", false],
  ] as const)("%s → %s by %s: %p", (from, to, kind, expected) => {
    expect(allowed(from, to, kind)).toBe(expected);
  });
});

test("rooms import only what they may", () => {
  const wrong = files.flatMap((file) =>
    imports(file)
      .filter(({ to }) => to.startsWith("src/"))
      .filter(({ to, kind }) => !allowed(roomOf(file.path), roomOf(to), kind))
      .map(({ to, kind }) => `${file.path} → ${to} (${kind})`),
  );
  expect(wrong).toEqual([]);
});

test("nothing in src reaches out of it, the manifest and the catalog excepted", () => {
  const outside = files.flatMap((file) =>
    imports(file)
      .filter(({ to }) => /^(\.\.|\/|test\/|scripts\/|guest\/|bench\/|build)/.test(to))
      .map(({ to }) => `${file.path} → ${to}`),
  );
  expect(outside).toEqual([]);
});

test("core is pure", () => {
  const wrong = files
    .filter(({ path }) => path.startsWith("src/core/"))
    .flatMap((file) => imports(file).map(({ to }) => ({ path: file.path, to })))
    .filter(({ to }) => impure.test(to));
  expect(wrong).toEqual([]);
});

test("only src/host starts processes, only main ends ours", () => {
  const starts = /\bBun\.spawn(Sync)?\b|from "(node:)?child_process"|\bBun\.\$/;
  const uses = (pattern: RegExp, home: (path: string) => boolean) =>
    files.filter(({ path, text }) => !home(path) && pattern.test(text)).map(({ path }) => path);
  expect(uses(starts, (path) => path.startsWith("src/host/"))).toEqual([]);
  expect(uses(/\bprocess\.(exit|abort)\b/, (path) => path === "src/main.ts")).toEqual([]);
});
