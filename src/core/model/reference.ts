import { BangerError } from "../api/errors.ts";

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Finds the one VM that a reference means: its name, its id, or an id prefix that fits no other. */
export function resolveReference<T extends Named>(reference: string, vms: readonly T[]): T {
  const exact = vms.find((vm) => vm.name === reference) ?? vms.find((vm) => vm.id === reference);
  if (exact !== undefined) return exact;
  const matches = reference === "" ? [] : vms.filter((vm) => vm.id.startsWith(reference));
  const [only, ...others] = matches;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    throw new BangerError("VM_AMBIGUOUS", `the id prefix ${reference} fits ${matches.length} VMs`, {
      detail: matches.map((vm) => `${vm.id}  ${vm.name}`),
      hint: "use the name, or more of the id",
    });
  }
  const near = nearest(
    reference,
    vms.map((vm) => vm.name),
  );
  throw new BangerError("VM_NOT_FOUND", `no VM is called ${reference}`, {
    hint: near === null ? "banger vm list shows what there is" : `did you mean ${near}?`,
  });
}

/** The candidate most like the word (part of it, or within two edits), or null. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word === "") return null;
  const containing = candidates.find((candidate) => candidate.includes(word));
  if (containing !== undefined) return containing;
  const limit = word.length > 4 ? 2 : 1;
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate ?? null;
}

/** Edits between two words, a swap of neighbours counting as one (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let j = 0; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      const swap =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(i - 2, j - 2) + 1
          : Number.POSITIVE_INFINITY;
      rows[i]![j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + change, swap);
    }
  }
  return at(a.length, b.length);
}
