/** An ed25519 key as its raw parts, 32 bytes each. */
export interface RawKey {
  readonly publicKey: Uint8Array;
  readonly seed: Uint8Array;
}

const type = "ssh-ed25519";

/**
 * A key in OpenSSH's private key file format, unencrypted (openssh-key-v1; PROTOCOL.key of OpenSSH describes it). `check` is the random number that
 * stands in it twice. Pure.
 */
export function encodePrivateKey(key: RawKey, comment: string, check: number): string {
  const secret = concat([
    u32(check),
    u32(check),
    text(type),
    text(key.publicKey),
    text(concat([key.seed, key.publicKey])),
    text(comment),
  ]);
  const padding = Uint8Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1);
  const file = concat([
    new TextEncoder().encode("openssh-key-v1\0"),
    text("none"),
    text("none"),
    text(""),
    u32(1),
    text(publicBlob(key)),
    text(concat([secret, padding])),
  ]);
  const lines = file.toBase64().match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

/** The line of authorized_keys and .pub files. Pure. */
export function encodePublicKey(key: Pick<RawKey, "publicKey">, comment: string): string {
  return `${type} ${publicBlob(key).toBase64()} ${comment}`;
}

function publicBlob({ publicKey }: Pick<RawKey, "publicKey">): Uint8Array {
  return concat([text(type), text(publicKey)]);
}

/** A length in front of the bytes. */
function text(value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return concat([u32(bytes.length), bytes]);
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
