import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureUserKey, generateEd25519 } from "./key.ts";

let dir = "";
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const place = (): string => (dir = mkdtempSync("/tmp/key-"));
const keygen = (...args: string[]): string => {
  const { stdout, stderr, exitCode } = Bun.spawnSync(["ssh-keygen", ...args]);
  if (exitCode !== 0) throw new Error(stderr.toString());
  return stdout.toString().trim();
};

test("OpenSSH reads the keys and derives the same public half", () => {
  const path = join(place(), "k");
  for (const comment of ["a", "ab cd", "longer comment"]) {
    const { privateKey, publicKey } = generateEd25519(comment);
    writeFileSync(path, privateKey, { mode: 0o600 });
    expect(keygen("-y", "-f", path)).toBe(publicKey);
  }
});

test("many who ask at once get one key, private from birth", async () => {
  const ssh = join(place(), "ssh");
  const keys = await Promise.all(Array.from({ length: 10 }, () => ensureUserKey(ssh)));
  expect(new Set(keys.map(({ publicKey }) => publicKey)).size).toBe(1);
  expect(readdirSync(ssh).sort()).toEqual(["id_ed25519", "id_ed25519.pub"]);
  expect(statSync(join(ssh, "id_ed25519")).mode & 0o777).toBe(0o600);
  expect(keygen("-y", "-f", join(ssh, "id_ed25519"))).toBe(keys[0]!.publicKey);
});

test("a private half without its public one gets it back; what is no key is refused", async () => {
  const ssh = place();
  const { publicKey } = await ensureUserKey(ssh);
  rmSync(join(ssh, "id_ed25519.pub"));
  expect((await ensureUserKey(ssh)).publicKey).toBe(publicKey);
  expect(readFileSync(join(ssh, "id_ed25519.pub"), "utf8")).toBe(`${publicKey}\n`);
  rmSync(join(ssh, "id_ed25519.pub"));
  writeFileSync(join(ssh, "id_ed25519"), "nonsense");
  expect(ensureUserKey(ssh)).rejects.toThrow("not an ed25519 key");
});
