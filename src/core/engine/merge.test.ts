import { expect, test } from "bun:test";
import { BangerError } from "../api/errors.ts";
import { mergeContributions, type Contribution } from "./merge.ts";

const base: Contribution[] = [
  {
    by: "storage/overlay",
    value: {
      drives: [
        { id: "base", path: "/b", readonly: true },
        { id: "root", path: "/r", readonly: false },
      ],
      root: { kind: "overlay", base: "base", upper: "root", bound: [] },
    },
  },
  { by: "capability/vsock", value: { channel: { name: "banger" } } },
];
const merge = (...more: Contribution[]) => mergeContributions([...base, ...more]);

test("contributions come out in the contributors' order, deeper mounts last", () => {
  const merged = merge(
    { by: "a", value: { mounts: [{ target: "/srv/data", type: "tmpfs" }], kernelArgs: ["quiet"], env: { A: "1" } } },
    {
      by: "b",
      value: {
        mounts: [{ target: "/srv", type: "tmpfs" }],
        kernelArgs: ["console=ttyS0", "quiet"],
        env: { B: "2", A: "1" },
      },
    },
  );
  expect(merged.mounts.map((mount) => mount.target)).toEqual(["/srv", "/srv/data"]);
  expect(merged.kernelArgs).toEqual(["quiet", "console=ttyS0"]);
  expect(merged.env).toEqual({ A: "1", B: "2" });
  expect(merged.drives.map((drive) => drive.id)).toEqual(["base", "root"]);
});

test.each([
  ["a drive", { drives: [{ id: "d", path: "/x", readonly: true }] }, "the drive d"],
  ["a MAC", { nics: [{ id: "n", mac: "02:00:00:00:00:01", backend: { kind: "user" } }] }, "the network interface n"],
  ["a mount", { mounts: [{ target: "/x", type: "tmpfs" }] }, "a mount at /x"],
  ["a file", { files: [{ path: "/etc/x", mode: 0o644, content: "" }] }, "the file /etc/x"],
  ["a root", { root: base[0]!.value.root! }, "the root file system"],
  ["a channel", { channel: { name: "banger" } }, "the agent's channel"],
] as const)("%s that two contribute is a clash that names both", (_, value, what) => {
  const error = (() => {
    try {
      merge({ by: "capability/one", value }, { by: "capability/two", value });
    } catch (thrown) {
      return thrown;
    }
    return null;
  })();
  expect(error).toBeInstanceOf(BangerError);
  expect((error as BangerError).code).toBe("CONTRIBUTION_CLASH");
  expect((error as BangerError).message).toMatch(/^\S+ and capability\/(one|two) both contribute /);
  expect((error as BangerError).message).toContain(what);
});

test("the same variable or kernel argument with another value is a clash, consoles may be several", () => {
  expect(() => merge({ by: "a", value: { env: { X: "1" } } }, { by: "b", value: { env: { X: "2" } } })).toThrow(
    "a and b both contribute the variable X",
  );
  expect(() =>
    merge({ by: "a", value: { kernelArgs: ["loglevel=1"] } }, { by: "b", value: { kernelArgs: ["loglevel=2"] } }),
  ).toThrow("loglevel");
  expect(merge({ by: "a", value: { kernelArgs: ["console=ttyS0", "console=hvc0"] } }).kernelArgs).toHaveLength(2);
});

test("what refers to nothing, or is missing, is refused", () => {
  expect(() => merge({ by: "a", value: { mounts: [{ drive: "ghost", target: "/x", type: "ext4" }] } })).toThrow(
    "a refers to the drive ghost",
  );
  expect(() => mergeContributions([base[0]!])).toThrow("nobody contributes the agent's channel");
  expect(() => mergeContributions([base[1]!])).toThrow("nobody contributes the root file system");
  const many = Array.from({ length: 30 }, (_, index) => `${index}${"x".repeat(40)}`);
  expect(() => merge({ by: "a", value: { kernelArgs: many } })).toThrow(
    "with those of a the kernel has more than 1024",
  );
});

test("a secret is not among the files of the boot configuration, and clashes as any file does", () => {
  const secret = { path: "/run/s", mode: 0o400, content: "hunter2", secret: true };
  const plain = { path: "/etc/x", mode: 0o644, content: "" };
  const { files, settings } = merge(
    { by: "a", value: { files: [secret, plain] } },
    { by: "b", value: { commands: [{ argv: ["true"] }] } },
  );
  expect(files).toEqual([plain]);
  expect(settings).toEqual([
    { by: "a", secrets: [secret], commands: [] },
    { by: "b", secrets: [], commands: [{ argv: ["true"] }] },
  ]);
  const clash = () => merge({ by: "a", value: { files: [secret] } }, { by: "b", value: { files: [secret] } });
  expect(clash).toThrow("a and b both contribute the file /run/s");
});

test("what is a file cannot be a folder too", () => {
  const file = (path: string) => ({ files: [{ path, mode: 0o644, content: "" }] });
  const clash = () => merge({ by: "a", value: file("/etc/x/y/z") }, { by: "b", value: file("/etc/x") });
  expect(clash).toThrow("a contributes the file /etc/x/y/z, and b the file /etc/x");
  expect(merge({ by: "a", value: file("/etc/xy") }, { by: "b", value: file("/etc/x") }).files).toHaveLength(2);
});
