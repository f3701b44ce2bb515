/** Where something is: keys of tables and indices of arrays, outermost first. */
export type KeyPath = readonly (string | number)[];

interface Frame {
  readonly path: KeyPath;
  /** Of the next element; null in a table. */
  index: number | null;
}

/**
 * Finds the lines (counted from 1) of the keys of a TOML text.
 * The text must be one that the parser accepts: what is legal is not checked again here.
 * @returns the line where the path, or the nearest enclosing key that is written down, first appears
 */
export function locate(text: string): (path: KeyPath) => number {
  const lines = linesByPath(text);
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const line = lines.get(JSON.stringify(path.slice(0, length)));
      if (line !== undefined) return line;
    }
    return 1;
  };
}

/** Every path that a text writes down, as JSON, with its line. */
export function linesByPath(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  /** Array-of-tables path → how many elements there are by now. */
  const tables = new Map<string, number>();
  const frames: Frame[] = [{ path: [], index: null }];
  let at = 0;
  let line = 1;

  const note = (path: KeyPath): void => {
    const key = JSON.stringify(path);
    if (!lines.has(key)) lines.set(key, line);
  };
  /** Moves over what the pattern (sticky) matches, counting lines. */
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? "";
    at += found.length;
    for (let i = found.indexOf("\n"); i !== -1; i = found.indexOf("\n", i + 1)) line++;
    return found;
  };
  const key = (): string[] => {
    const parts: string[] = [];
    do {
      take(/[ \t.]*/y);
      parts.push(unquote(take(/"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+/y)));
      take(/[ \t]*/y);
    } while (text[at] === ".");
    return parts;
  };
  /** Notes a key and the tables on the way to it; where those are arrays of tables, it is their last element that is meant. */
  const enter = (base: KeyPath, parts: readonly string[]): KeyPath => {
    const path = [...base];
    for (const part of parts) {
      path.push(part);
      note(path);
      const count = tables.get(JSON.stringify(path));
      if (count !== undefined) path.push(count - 1);
    }
    return path;
  };
  const header = (): KeyPath => {
    if (take(/\[\[?/y) === "[") return enter([], key());
    const parts = key();
    const array = [...enter([], parts.slice(0, -1)), ...parts.slice(-1)];
    const count = tables.get(JSON.stringify(array)) ?? 0;
    tables.set(JSON.stringify(array), count + 1);
    note(array);
    note([...array, count]);
    return [...array, count];
  };
  const value = (path: KeyPath): void => {
    if (text[at] === "[") frames.push({ path, index: 0 });
    if (text[at] === "{") frames.push({ path, index: null });
    if (text[at] === "[" || text[at] === "{") at++;
    else take(valuePattern);
  };

  while (at < text.length) {
    // Commas part elements, and in a legal text nothing more needs to be known of them.
    if (take(/(?:[\s,]+|#[^\n]*)+/y) !== "") continue;
    const frame = frames.at(-1);
    if (frame === undefined) break;
    if (text[at] === "]" || text[at] === "}") {
      at++;
      if (frames.length > 1) frames.pop();
      else take(/\]/y);
    } else if (frame.index !== null) {
      const path = [...frame.path, frame.index++];
      note(path);
      value(path);
    } else if (frames.length === 1 && text[at] === "[") {
      frames[0] = { path: header(), index: null };
    } else {
      const path = enter(frame.path, key());
      take(/[ \t]*=[ \t]*/y);
      const before = at;
      value(path);
      if (at === before) at++;
    }
  }
  return lines;
}

/** A string in any of the four spellings (the long ones may end in up to two quotes of their own), or a bare value. */
const valuePattern =
  /"""(?:[^"\\]|\\[^]|"{1,2}(?!"))*"{3,5}|'''(?:[^']|'{1,2}(?!'))*'{3,5}|"(?:[^"\\]|\\.)*"|'[^']*'|[^,\]}#\n]+/y;

const escapes: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r" };

/** What a key says; a bare one says itself. */
function unquote(key: string): string {
  if (key.startsWith("'")) return key.slice(1, -1);
  if (!key.startsWith('"')) return key;
  return key
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g, (_, short?: string, long?: string, one = "") =>
      short || long ? String.fromCodePoint(Number.parseInt(short ?? long ?? "", 16)) : (escapes[one] ?? one),
    );
}
