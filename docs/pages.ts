import { errorCodes, type ErrorCode } from "../src/core/api/error-codes.ts";

/** The pages that follow from the source: their names and texts. `bun docs/generate.ts` writes them, test/docs.test.ts compares. */
export async function pages(): Promise<ReadonlyMap<string, string>> {
  return new Map([["errors.md", errorsPage()]]);
}

function errorsPage(): string {
  const rows = Object.entries<ErrorCode>(errorCodes).map(([code, { exit, http, when }]) => [
    `\`${code}\``,
    `${exit}`,
    `${http}`,
    when,
  ]);
  return page(
    "Errors",
    `Every error has a code, a sentence, and where there is one a hint. The code is the last thing in the message and the
field \`code\` in \`--json\`. \`vm run\` and \`vm exec\` exit with 125 where the table says 1: the other numbers are the guest
program's. HTTP is the status on the daemon's socket.`,
    table(["code", "exit", "HTTP", "when"], rows),
  );
}

function page(title: string, ...parts: readonly string[]): string {
  return [`# ${title}`, "<!-- Written by docs/generate.ts. -->", ...parts].join("\n\n") + "\n";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
