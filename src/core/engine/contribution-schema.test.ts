import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Contributions } from "../api/contributions.ts";
import { BangerError } from "../api/errors.ts";
import { checkContributions } from "./contribution-schema.ts";

const check = (value: unknown): Contributions => checkContributions("capability/x", "guestConfig", value);

/** One of each kind, with everything that it may have. */
const whole: Contributions = {
  drives: [{ id: "data", path: "/home/o t/d,1.img", readonly: true }],
  nics: [
    {
      id: "n",
      mac: "02:00:00:00:00:0A",
      backend: { kind: "tap", name: "bt-0", bridge: "br-fc", namespace: { pid: 7, startTime: 1, marker: "m" } },
      guest: { address: "10.0.0.2/24", gateway: "10.0.0.1", nameservers: ["9.9.9.9"], mtu: 1400 },
    },
  ],
  kernelArgs: ["loglevel=3", "quiet"],
  root: { kind: "overlay", base: "base", upper: "root", bound: ["/var/lib/docker"] },
  mounts: [
    { drive: "data", target: "/data", type: "ext4", options: "ro,noatime", seed: true, grow: true, optional: true },
  ],
  files: [
    { path: "/etc/x", mode: 0o7777, uid: 1, gid: 1, content: "AAE=", encoding: "base64", ifMissing: true },
    { path: "/run/secrets/x", mode: 0o400, content: "s", secret: true },
  ],
  env: { PATH: "/opt/bin:/bin", _x1: "any\ntext" },
  commands: [{ argv: ["sh", "-c", ""], env: { A: "" }, cwd: "/", user: "www-data", timeoutMs: 1000 }],
  channel: { name: "banger" },
};

test("what is right comes out as it went in, and through JSON", () => {
  expect(check(whole)).toEqual(whole);
  expect(check(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
  expect(check({ drives: undefined })).toEqual({});
});

const file = (more: object) => ({ files: [{ path: "/etc/x", mode: 0o644, content: "", ...more }] });
const mount = (more: object) => ({ mounts: [{ target: "/x", type: "tmpfs", ...more }] });
const nic = (more: object) => ({ nics: [{ id: "n", mac: "02:00:00:00:00:01", backend: { kind: "user" }, ...more }] });

test.each([
  ["no object", 7, "expected object"],
  ["an unknown kind", { drivs: [] }, '"drivs"'],
  ["an unknown key", file({ owner: "me" }), 'files[0]: Unrecognized key: "owner"'],
  ["an id", { drives: [{ id: "No Good", path: "/x", readonly: true }] }, "drives[0].id: must be 1 to 20 of"],
  ["a relative drive", { drives: [{ id: "d", path: "x", readonly: true }] }, "drives[0].path: must be absolute"],
  [
    "too many",
    { drives: Array.from("12345678901234567", (id) => ({ id, path: "/x", readonly: true })) },
    "drives: Too big",
  ],
  ["a group's MAC", nic({ mac: "01:00:00:00:00:01" }), "nics[0].mac"],
  ["an address", nic({ guest: { address: "10.0.0.2" } }), "nics[0].guest.address"],
  ["a tap", nic({ backend: { kind: "tap", name: "a/b" } }), "nics[0].backend.name"],
  ["a kernel argument", { kernelArgs: ["a b"] }, "kernelArgs[0]: must be 1 to 256 characters without spaces"],
  ["the agent's place", { kernelArgs: ["rdinit=/bin/sh"] }, "kernelArgs[0]: is banger's own"],
  ["the end of the arguments", { kernelArgs: ["--"] }, "is banger's own"],
  ["a mount over /proc", mount({ target: "/proc" }), "mounts[0].target: is banger's own"],
  ["a mount over everything", mount({ target: "/" }), "must be absolute"],
  ["a mount's options", mount({ options: "a\nb" }), "must have no control characters"],
  ["a relative file", file({ path: "etc/x" }), "files[0].path: must be absolute"],
  ["..", file({ path: "/etc/../x" }), "files[0].path: must be absolute"],
  [".. at the end", file({ path: "/etc/.." }), "files[0].path: must be absolute"],
  [".", file({ path: "/./x" }), "must be absolute"],
  ["a doubled slash", file({ path: "/etc//x" }), "must be absolute"],
  ["a folder", file({ path: "/etc/" }), "must be absolute"],
  ["a NUL", file({ path: "/etc/\0x" }), "control characters"],
  ["the agent's file", file({ path: "/etc/hosts" }), "files[0].path: is banger's own"],
  ["a file of the kernel", file({ path: "/proc/sysrq-trigger" }), "is banger's own"],
  ["a mode", file({ mode: 0o10000 }), "files[0].mode: Too big"],
  ["an owner", file({ uid: -1 }), "files[0].uid"],
  ["the owner that chown takes for none", file({ gid: 2 ** 32 - 1 }), "files[0].gid"],
  ["base64", file({ content: "no!", encoding: "base64" }), "files[0].content: must be base64"],
  ["half of base64", file({ content: "A", encoding: "base64" }), "files[0].content: must be base64"],
  ["a secret on a disk", file({ secret: true }), "must be below /run"],
  ["a secret beside /run", file({ path: "/running/x", secret: true }), "must be below /run"],
  ["a secret if missing", file({ path: "/run/x", secret: true, ifMissing: true }), "a secret is always written"],
  ["a variable's name", { env: { "A=B": "" } }, "env.A=B: Invalid key"],
  ["a variable's text", { env: { A: "\0" } }, "env.A: must have no NUL"],
  ["no program", { commands: [{ argv: [] }] }, "commands[0].argv"],
  ["an empty program", { commands: [{ argv: [""] }] }, "commands[0].argv: must name a program"],
  ["a user", { commands: [{ argv: ["x"], user: "-x" }] }, "commands[0].user"],
  ["a channel", { channel: { name: "a,b" } }, "channel.name"],
  ["a function", { env: () => ({}) }, "env is of type function, not JSON"],
  ["a class", { env: new Map() }, "env is an object of class Map, not JSON"],
] as const)("%s is refused by the capability's name", (_, value, problem) => {
  expect(() => check(value)).toThrow("capability/x gives contributions at guestConfig that cannot be used: ");
  expect(() => check(value)).toThrow(problem);
});

test("no error shows what a secret or a variable says", () => {
  const told = (value: unknown): string => {
    try {
      check(value);
      return "";
    } catch (thrown) {
      return JSON.stringify(thrown);
    }
  };
  const secret = "hunter2";
  for (const value of [
    { files: [{ path: "/x", mode: 0o644, content: `${secret}!`, encoding: "base64", secret: true }] },
    { files: [{ path: "/run/x", mode: "0600", content: secret.repeat(2 ** 20), secret }] },
    { env: { A: `${secret}\0` }, commands: [{ argv: [`${secret}\0`], env: { B: [secret] } }] },
  ]) {
    expect(told(value)).toContain("cannot be used");
    expect(told(value)).not.toContain(secret);
  }
});

test("whatever it is given, it answers or refuses in its own words", () => {
  const nonsense = fc.dictionary(
    fc.constantFrom(...Object.keys(whole)),
    fc.anything({ maxDepth: 4, withBigInt: true }),
  );
  fc.assert(
    fc.property(nonsense, (value) => {
      try {
        check(value);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(BangerError);
      }
    }),
  );
});
