import { join } from "node:path";
import { page, table } from "./markdown.ts";
import { pluginApiPage } from "./plugin-api-page.ts";
import { privilegesPage } from "./privileges-page.ts";
import { errorCodes, type ErrorCode } from "../src/core/api/error-codes.ts";
import { commandHelp } from "../src/cli/help/command-help.ts";
import { entries, loadCommand } from "../src/cli/registry.ts";
import { palette } from "../src/cli/render/style.ts";
import { sectionsOf } from "../src/core/config/index.ts";
import { configKeys } from "../src/core/config/reference.ts";
import { createTroupe } from "../src/builtins.ts";

/** The pages that follow from the source: their names and texts. `bun docs/generate.ts` writes them, test/docs.test.ts compares. */
export async function pages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ["errors.md", errorsPage()],
    ["config.md", configPage()],
    ["cli.md", await commandsPage()],
    ["privileges.md", privilegesPage()],
    ["plugin-api.md", await pluginApiPage(sourceText)],
  ]);
}

/** The text of a file of src/, by its path without `.ts`. */
export function sourceText(path: string): Promise<string> {
  return Bun.file(join(import.meta.dir, "../src", `${path}.ts`)).text();
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

function configPage(): string {
  const rows = configKeys(sectionsOf(createTroupe())).map(({ key, type, default: value, unit, help }) => [
    `\`${key}\``,
    type,
    value,
    unit,
    help,
  ]);
  return page(
    "Configuration",
    `\`~/.config/banger/config.toml\` (\`$XDG_CONFIG_HOME\` is honoured) is strict TOML. It need not exist, and every key is
optional. An unknown key or a bad value is an error: all of them are listed at once, each with its path and line, and
\`banger doctor\` shows them too. The daemon reads the file when it starts; \`banger daemon stop\` makes the next command
start it anew, and VMs run on. A VM keeps the sizes that it was made with.`,
    table(["key", "type", "default", "unit", "what it does"], rows),
    `A size is text like \`"8G"\` or \`"512M"\`; the units are powers of 1024. A capability's keys are the defaults of VMs:
flags of \`vm run\` and \`vm create\` may change them for one VM.`,
    "```toml\n[vm_defaults]\nvcpu = 2\nmemory_mib = 2048\n```",
  );
}

/** The help of every command, as it is without a terminal; defaults that depend on the host are left out. */
async function commandsPage(): Promise<string> {
  const shown = entries.filter(({ hidden }) => hidden !== true);
  const parts = shown.map(async (entry) => {
    const help = commandHelp(entry, await loadCommand(entry, null), null, palette(false));
    return `## banger ${entry.path.join(" ")}\n\n\`\`\`text\n${help}\n\`\`\``;
  });
  return page(
    "Commands",
    `Results go to stdout, everything else to stderr. Exit statuses: 0 done, 1 failed, 2 a command line that banger does not
understand, 3 \`banger doctor\` found failures, 130 cancelled; \`vm run\` and \`vm exec\` exit with the guest command's.`,
    ...(await Promise.all(parts)),
  );
}
