/** A page whose parts have an empty line between them. */
export function page(title: string, ...parts: readonly string[]): string {
  return [`# ${title}`, "<!-- Written by docs/generate.ts. -->", ...parts].join("\n\n") + "\n";
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
