/** Colours as an addition: with `color` false every function gives its text back as it is. */
export interface Palette {
  ok(text: string): string;
  warn(text: string): string;
  fail(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

export function palette(color: boolean): Palette {
  const paint =
    (open: number, close: number) =>
    (text: string): string =>
      color && text !== "" ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return { ok: paint(32, 39), warn: paint(33, 39), fail: paint(31, 39), dim: paint(2, 22), bold: paint(1, 22) };
}

/**
 * Makes text from elsewhere safe for a terminal: control characters, with which a guest's or an image's name could move the cursor
 * or rename the window, become visible. Tabs and newlines stay when `multiline` is set.
 */
export function printable(text: string, multiline = false): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001F\u007F-\u009F]/g, (character) =>
    multiline && (character === "\n" || character === "\t")
      ? character
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** Cuts text to a width; what was cut off shows as an ellipsis. */
export function fit(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  let cut = "";
  for (const character of text) {
    if (Bun.stringWidth(cut + character) > width - 1) break;
    cut += character;
  }
  return width < 1 ? "" : `${cut}…`;
}

/** `padEnd` by width on the screen. */
export function pad(text: string, width: number, align: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, width - Bun.stringWidth(text)));
  return align === "left" ? text + space : space + text;
}
