/** Xen's note that says where a PVH boot enters the kernel: what Firecracker and QEMU's microvm start an ELF by. */
const pvhEntry = 18;

/**
 * Checks that this is a kernel that a micro-VM can start: an ELF for amd64 with a PVH entry note.
 * @returns what is wrong with it, or null
 */
export function kernelProblem(elf: Uint8Array): string | null {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  if (elf.byteLength < 64 || view.getUint32(0, false) !== 0x7f454c46) return "it is not an ELF file";
  if (elf[4] !== 2 || elf[5] !== 1 || view.getUint16(18, true) !== 62) return "it is not for amd64";
  const table = Number(view.getBigUint64(32, true));
  const entrySize = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (entrySize < 56 || table + entrySize * count > elf.byteLength) return "its program headers are damaged";
  for (let at = table; at < table + entrySize * count; at += entrySize) {
    const isNote = view.getUint32(at, true) === 4;
    const start = Number(view.getBigUint64(at + 8, true));
    const size = Number(view.getBigUint64(at + 32, true));
    if (isNote && start + size <= elf.byteLength && hasPvhNote(elf.subarray(start, start + size))) return null;
  }
  return "it has no PVH entry point (CONFIG_PVH)";
}

function hasPvhNote(notes: Uint8Array): boolean {
  const view = new DataView(notes.buffer, notes.byteOffset, notes.byteLength);
  const align = (length: number): number => (length + 3) & ~3;
  for (let at = 0; at + 16 <= notes.byteLength;) {
    const nameSize = view.getUint32(at, true);
    const descriptionSize = view.getUint32(at + 4, true);
    const isXen = nameSize === 4 && view.getUint32(at + 12, true) === 0x6e6558; // "Xen\0"
    if (isXen && view.getUint32(at + 8, true) === pvhEntry) return true;
    if (nameSize > notes.byteLength || descriptionSize > notes.byteLength) return false;
    at += 12 + align(nameSize) + align(descriptionSize);
  }
  return false;
}
