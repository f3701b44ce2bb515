import { bytesOf, concat } from "./record.ts";

export type CpioEntry =
  | { readonly kind: "directory"; readonly path: string; readonly mode: number }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly content: Uint8Array };

/**
 * A `newc` archive as the kernel unpacks it into its initramfs: owned by root, dated 1970, in the order given (a directory before
 * what is in it), padded to 4 bytes so that another may follow. Paths have no leading slash. Pure.
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const members = entries.map((entry, index) => {
    const directory = entry.kind === "directory";
    const mode = (directory ? 0o040000 : 0o100000) | entry.mode;
    return member(index + 1, mode, directory ? 2 : 1, entry.path, directory ? new Uint8Array() : entry.content);
  });
  return concat(...members, member(0, 0, 1, "TRAILER!!!", new Uint8Array()));
}

function member(inode: number, mode: number, links: number, path: string, content: Uint8Array): Uint8Array {
  const name = bytesOf.text(`${path}\0`);
  // inode, mode, uid, gid, links, mtime, size, device (2), node (2), name with its NUL, checksum
  const fields = [inode, mode, 0, 0, links, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const head = bytesOf.text(
    `070701${fields.map((field) => field.toString(16).toUpperCase().padStart(8, "0")).join("")}`,
  );
  return concat(head, name, padding(head.length + name.length), content, padding(content.length));
}

function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3);
}
