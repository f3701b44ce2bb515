import { generateKeyPairSync, randomInt } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BangerError } from "../core/api/errors.ts";
import { encodePrivateKey, encodePublicKey } from "./openssh-key.ts";

export interface KeyPair {
  /** OpenSSH's private key file. */
  readonly privateKey: string;
  /** One line without its end. */
  readonly publicKey: string;
}

export function generateEd25519(comment: string): KeyPair {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { x = "", d = "" } = privateKey.export({ format: "jwk" });
  const raw = {
    publicKey: Uint8Array.fromBase64(x, { alphabet: "base64url" }),
    seed: Uint8Array.fromBase64(d, { alphabet: "base64url" }),
  };
  return {
    privateKey: encodePrivateKey(raw, comment, randomInt(2 ** 32 - 1)),
    publicKey: encodePublicKey(raw, comment),
  };
}

/**
 * banger's own key for its guests, made when it is first asked for: `id_ed25519` (0600) and `id_ed25519.pub` in the directory. Safe against
 * others who do the same at the same time. Throws STATE_UNUSABLE.
 */
export async function ensureUserKey(
  sshDir: string,
): Promise<{ readonly privatePath: string; readonly publicKey: string }> {
  const privatePath = join(sshDir, "id_ed25519");
  const publicPath = `${privatePath}.pub`;
  try {
    await mkdir(sshDir, { recursive: true, mode: 0o700 });
    const made = await readOrNull(publicPath);
    if (made !== null) return { privatePath, publicKey: made };
    const { privateKey, publicKey } = generateEd25519("banger");
    // The public half appears last: whoever reads it finds the private half that belongs to it.
    if (await publish(privatePath, privateKey)) await publish(publicPath, `${publicKey}\n`);
    return { privatePath, publicKey: (await readOrNull(publicPath)) ?? (await derived(privatePath, publicPath)) };
  } catch (cause) {
    if (cause instanceof BangerError) throw cause;
    throw new BangerError("STATE_UNUSABLE", `cannot make the ssh key in ${sshDir}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw thrown;
  }
}

/** Puts a whole file in place unless one is there; says whether it did. */
async function publish(path: string, content: string): Promise<boolean> {
  const partial = `${path}.${process.pid}.${randomInt(2 ** 32 - 1)}`;
  await writeFile(partial, content, { mode: 0o600, flag: "wx" });
  try {
    await link(partial, path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw thrown;
  } finally {
    await rm(partial, { force: true });
  }
}

/**
 * The public half out of a private key file that ensureUserKey made: its blob stands there in clear. For when its maker died before it
 * could write it. Throws STATE_UNUSABLE for any other file.
 */
export async function publicHalf(privatePath: string): Promise<string> {
  const body = (await readFile(privatePath, "utf8")).replaceAll(/-----[^-]+-----|\s/g, "");
  const bytes = Buffer.from(body, "base64");
  const at = bytes.indexOf("\0\0\0\x0bssh-ed25519");
  if (at === -1 || bytes.length < at + 51) {
    throw new BangerError("STATE_UNUSABLE", `${privatePath} is not an ed25519 key of OpenSSH's format`, {
      hint: "move it away and try again",
    });
  }
  return encodePublicKey({ publicKey: new Uint8Array(bytes.subarray(at + 19, at + 51)) }, "banger");
}

async function derived(privatePath: string, publicPath: string): Promise<string> {
  const publicKey = await publicHalf(privatePath);
  await publish(publicPath, `${publicKey}\n`);
  return publicKey;
}
