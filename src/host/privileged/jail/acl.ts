import { fchmodSync, fstatSync } from "node:fs";
import { readAcl, writeAcl } from "../syscalls.ts";

/** One entry of a POSIX access control list. */
export interface AclEntry {
  readonly tag: number;
  /** Bits: 4 read, 2 write, 1 execute. */
  readonly permissions: number;
  /** Of a named user or group. */
  readonly id: number;
}

const tags = { owner: 1, user: 2, ownersGroup: 4, group: 8, mask: 16, others: 32 } as const;
const nobody = 0xffffffff;
/** The kernel's format: u32 version, then u16 tag, u16 permissions, u32 id for each. */
const version = 2;

/** Pure. */
export function decodeAcl(bytes: Uint8Array): readonly AclEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: AclEntry[] = [];
  for (let at = 4; at + 8 <= bytes.length; at += 8)
    entries.push({
      tag: view.getUint16(at, true),
      permissions: view.getUint16(at + 2, true),
      id: view.getUint32(at + 4, true),
    });
  return entries;
}

/** Pure. */
export function encodeAcl(entries: readonly AclEntry[]): Uint8Array {
  const bytes = new Uint8Array(4 + entries.length * 8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, version, true);
  for (const [index, { tag, permissions, id }] of entries.entries()) {
    view.setUint16(4 + index * 8, tag, true);
    view.setUint16(6 + index * 8, permissions, true);
    view.setUint32(8 + index * 8, id, true);
  }
  return bytes;
}

/** What a mode says, as a list. Pure. */
export function aclOfMode(mode: number): readonly AclEntry[] {
  const entry = (tag: number, shift: number): AclEntry => ({ tag, permissions: (mode >> shift) & 7, id: nobody });
  return [entry(tags.owner, 6), entry(tags.ownersGroup, 3), entry(tags.others, 0)];
}

/** The list with that user's entry set, or with 0 taken away; all others can do what they could. Pure. */
export function withUser(entries: readonly AclEntry[], uid: number, permissions: number): readonly AclEntry[] {
  const kept = entries.filter(({ tag, id }) => tag !== tags.mask && !(tag === tags.user && id === uid));
  const all = permissions === 0 ? kept : [...kept, { tag: tags.user, permissions, id: uid }];
  const named = all.some(({ tag }) => tag === tags.user || tag === tags.group);
  // The mask bounds everyone but the owner and the others.
  const masked = all.filter(({ tag }) => tag === tags.user || tag === tags.group || tag === tags.ownersGroup);
  const mask = masked.reduce((sum, entry) => sum | entry.permissions, 0);
  const whole = named ? [...all, { tag: tags.mask, permissions: mask, id: nobody }] : all;
  return whole.toSorted((a, b) => a.tag - b.tag || a.id - b.id);
}

/** Lets a user id do more with an open file than its mode says. */
export function grantTo(fd: number, uid: number, permissions: number): void {
  change(fd, uid, permissions);
}

/** Takes that back: the mode says all again, unless somebody else was let in too. */
export function revokeFrom(fd: number, uid: number): void {
  if (readAcl(fd) !== null) change(fd, uid, 0);
}

function change(fd: number, uid: number, permissions: number): void {
  const acl = readAcl(fd);
  const { mode } = fstatSync(fd);
  writeAcl(fd, encodeAcl(withUser(acl === null ? aclOfMode(mode) : decodeAcl(acl), uid, permissions)));
  // A list in place of the mode clears its set-group-id bit where the caller is in another group.
  if ((mode & 0o2000) !== 0) fchmodSync(fd, (fstatSync(fd).mode & 0o777) | 0o2000);
}
