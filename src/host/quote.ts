const plain = /^[\w@%+=:,./-]+$/;

/** An argument as a POSIX shell reads it back. For display only: nothing here ever runs a shell. */
export function quote(argument: string): string {
  return plain.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** Input up to this many characters is shown with its command. */
const shownInput = 4096;

/** A command line to paste, with its input as a here-document where that is short text; as lines. */
export function pasteable(argv: readonly string[], input?: string | Uint8Array): readonly string[] {
  const command = argv.map(quote).join(" ");
  if (typeof input !== "string" || input === "" || input.length > shownInput) return command.split("\n");
  const lines = input.replace(/\n$/, "").split("\n");
  let end = "end";
  while (lines.includes(end)) end += "_";
  return [...`${command} <<'${end}'`.split("\n"), ...lines, end];
}
