/**
 * The one error in a command's stderr: its sentence and what helps, in the lines below it. Throws when there is not exactly one, when
 * nothing helps, or when there is a stack.
 */
export function oneError(stderr: string): { readonly sentence: string; readonly help: string } {
  const lines = stderr.trimEnd().split("\n");
  const at = lines.findIndex((line) => line.startsWith("banger: "));
  const help = lines.slice(at + 1);
  const bad =
    at === -1
      ? "no error"
      : help.length === 0
        ? "nothing that helps"
        : help.some((line) => /^\s+at /.test(line))
          ? "a stack"
          : help.some((line) => !line.startsWith("  "))
            ? "more than one error"
            : null;
  if (bad !== null) throw new Error(`${bad} in:\n${stderr}`);
  return { sentence: lines[at]!.slice("banger: ".length), help: help.map((line) => line.trim()).join("\n") };
}
