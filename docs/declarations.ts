/**
 * What a formatted file of types exports, each with the comment above it, without the bodies of functions. Throws where that is not as
 * much as there is.
 */
export function declarations(source: string): readonly string[] {
  const starts = /^(?=\/\*\*|(?<!\*\/\n)(?:export|import|async|function|const|class|interface|type)\b)/m;
  const found = source.split(starts).filter((text) => /^export (?!\{|\*)/m.test(text));
  const expected = source.match(/^export (?!\{|\*)/gm)?.length ?? 0;
  if (found.length !== expected) throw new Error(`${found.length} of ${expected} declarations found`);
  return found.map((text) => bare(text.trim().replace(/^export (?:async )?/m, "")));
}

/** The name of one of them. */
export function nameOf(declaration: string): string {
  return /^(?:interface|type|const|class|function) (\w+)/m.exec(declaration)![1]!;
}

/** Members of a class are indented once, a function of its own is not. */
function bare(declaration: string): string {
  return declaration
    .replaceAll(/^( {2}(?! ).*[^=|]) \{\n(?: {4}.*\n|\n| {2}[)|}].*[^}]\n)*? {2}\}$/gm, "$1;")
    .replace(/^(function .*) \{\n[^]*^\}$/m, "$1;");
}
