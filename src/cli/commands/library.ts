import type { ImageInfo, KernelInfo } from "../../rpc/protocol.ts";
import { formatBytes } from "../../core/model/size.ts";
import { age } from "../render/time.ts";
import { table } from "../render/table.ts";

type Info = ImageInfo | KernelInfo;

const columns = [
  { title: "NAME", shrinks: true },
  { title: "" },
  { title: "SIZE", align: "right" },
  { title: "USED BY", shrinks: true },
  { title: "AGE" },
] as const;

/** Images or kernels as a table; `second` is the column that tells them apart. */
export function libraryTable(
  items: readonly Info[],
  second: { readonly title: string; of(item: Info): string },
  now: number,
  screen: number,
): string {
  const [name, , ...others] = columns;
  return table(
    [name, { title: second.title }, ...others],
    items.map((item) => [
      item.name,
      item.local ? second.of(item) : "not here yet",
      item.diskBytes === null ? "-" : formatBytes(item.diskBytes),
      item.usedBy.length === 0 ? "-" : item.usedBy.join(", "),
      age(item.createdAt, now),
    ]),
    screen,
  );
}

/** What `show` says of both. */
export function libraryFacts(
  { name, local, digest, sizeBytes, diskBytes, source, createdAt, usedBy }: Info,
  now: number,
): [string, string][] {
  return [
    ["name", name],
    ["here", local ? "yes" : "no: it would be fetched"],
    ["sha256", digest ?? ""],
    ["size", sizeBytes === null ? "" : formatBytes(sizeBytes)],
    ["on disk", diskBytes === null ? "" : formatBytes(diskBytes)],
    ["source", source],
    ["created", createdAt === null ? "" : `${createdAt}  (${age(createdAt, now)} ago)`],
    ["used by", usedBy.join(", ")],
  ];
}
