import type { Presence } from "./deps.ts";
import { asBangerError } from "../core/api/errors.ts";

interface Named {
  readonly name: string;
}

/** What the doctor asks of images and of kernels. */
interface Shelf<Item> {
  get(name: string): Promise<Item | null>;
  verify(name: string): Promise<void>;
  available(): readonly (Named & { readonly kernel?: string })[];
}

/** How something is that has a name, on a shelf. `note` says what is there; `kernelOf` the kernel that comes with it. */
export async function presence<Item>(
  shelf: Shelf<Item>,
  name: string,
  note: (item: Item) => string,
  kernelOf: (item: Item) => string | undefined = () => undefined,
): Promise<Presence> {
  const item = await shelf.get(name);
  if (item === null) {
    const catalog = shelf.available();
    const entry = catalog.find((entry) => entry.name === name);
    if (entry === undefined) return { kind: "unknown", known: catalog.map(({ name }) => name) };
    return { kind: "catalog", kernel: entry.kernel };
  }
  const kernel = kernelOf(item);
  try {
    await shelf.verify(name);
    return { kind: "local", note: note(item), kernel };
  } catch (error) {
    return { kind: "broken", problems: [asBangerError(error).message], kernel };
  }
}
