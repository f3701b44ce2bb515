/** One command of a console block. */
export interface Step {
  /** Of the Markdown file, from 1. */
  readonly line: number;
  /** For a shell, without its prompt. */
  readonly command: string;
  /** What is typed into it: lines that the file shows behind a guest's prompt (`root@NAME:DIR# `). */
  readonly typed: readonly string[];
  /** What the file says it prints, prompts and typed lines left out. */
  readonly output: readonly string[];
}

const guestPrompt = /^root@[a-z0-9-]+:\S+# /;

/**
 * The commands of a Markdown file: every line behind `$ ` in its blocks marked `console`, in order. Throws on a block with a
 * shell's language that is not such a block: nothing that looks runnable escapes.
 */
export function readmeSteps(markdown: string): Step[] {
  const steps: { line: number; command: string; typed: string[]; output: string[] }[] = [];
  let fence: string | null = null;
  for (const [index, text] of markdown.split("\n").entries()) {
    const line = index + 1;
    const info = /^```(.*)$/.exec(text)?.[1]?.trim();
    if (info !== undefined) {
      if (fence === null && /^(sh|bash|shell|zsh)\b/.test(info)) throw new Error(`line ${line}: use a console block`);
      fence = fence === null ? info : null;
    } else if (fence === "console") {
      const last = steps.at(-1);
      if (text.startsWith("$ ")) steps.push({ line, command: text.slice(2), typed: [], output: [] });
      else if (last === undefined) throw new Error(`line ${line}: output without a command`);
      else if (guestPrompt.test(text)) last.typed.push(text.replace(guestPrompt, ""));
      else if (last.command.endsWith("\\")) last.command += `\n${text}`;
      else last.output.push(text);
    }
  }
  if (fence !== null) throw new Error("a block has no end");
  return steps;
}

/** A file that a page shows whole: a block whose language is followed by a path. */
export interface ShownFile {
  /** As in Step. */
  readonly line: number;
  readonly path: string;
  readonly text: string;
}

export function readmeFiles(markdown: string): ShownFile[] {
  return [...markdown.matchAll(/^```\w+ (\S+)\n([^]*?)^```$/gm)].map(({ 1: path, 2: text, index }) => ({
    line: markdown.slice(0, index).split("\n").length,
    path: path!,
    text: text!,
  }));
}

/**
 * Whether a program printed what the file shows. Numbers, durations, widths of columns and blank lines may differ; `…` stands for any text
 * in its line, and alone in a line for any lines.
 */
export function matches(expected: readonly string[], actual: string): boolean {
  const pattern = expected
    .flatMap((line) => shape(line) ?? [])
    .map((line) => (line === "…" ? "(?:.*\n)*" : `${escaped(line)}\n`));
  const lines = actual.split("\n").flatMap((line) => shape(line) ?? []);
  return new RegExp(`^${pattern.join("")}$`).test(lines.map((line) => `${line}\n`).join(""));
}

function escaped(line: string): string {
  return line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("…", ".*");
}

/** A line without what differs from run to run; null when nothing is left. */
function shape(line: string): string | null {
  const text = line
    .replace(/\b(?:\d+(?:\.\d+)?(?:ms|[smhd]) ?)+(?=\s|$)/g, "0s ")
    .replace(/\d+(?:[.,]\d+)*/g, "0")
    .replace(/\s+/g, " ")
    .trim();
  return text === "" ? null : text;
}
