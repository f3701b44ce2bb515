import { BangerError } from "../core/api/errors.ts";
import { readPins, type Pin } from "./pins.ts";

/** The text with that plugin pinned; everything else stays as it is, byte for byte. Pure. */
export function withPin(text: string, name: string, pin: Pin): string {
  const rest = withoutPin(text, name);
  const gap = rest === "" || rest.endsWith("\n\n") ? "" : rest.endsWith("\n") ? "\n" : "\n\n";
  const next = `${rest}${gap}[plugins.${name}]\ndigest = "${pin.digest}"\nmanifest = "${pin.manifest}"\n`;
  return checked(next, name, true);
}

/** The text without that plugin's table, and without an empty line that it left behind. Pure. */
export function withoutPin(text: string, name: string): string {
  const lines = text.split("\n");
  const begin = lines.findIndex((line) => header(line) === `plugins.${name}`);
  if (begin === -1) return checked(text, name, false);
  const after = lines.findIndex((line, index) => index > begin && header(line) !== null);
  // What stands above the next table is about that one.
  let end = lines.length;
  if (after !== -1) for (end = after; end > begin + 1 && /^\s*(#.*)?$/.test(lines[end - 1]!);) end -= 1;
  const before = lines.slice(0, begin);
  if (before.at(-1)?.trim() === "" && (after === -1 || lines[end]?.trim() === "")) before.pop();
  const kept = [...before, ...lines.slice(end)].join("\n");
  return checked(after === -1 && kept !== "" && !kept.endsWith("\n") ? `${kept}\n` : kept, name, false);
}

/** The dotted name of a line that begins a table, or null. */
function header(line: string): string | null {
  const inside = /^\s*\[{1,2}\s*(?<name>[^\]]+?)\s*\]{1,2}\s*(#.*)?$/.exec(line.replace(/\r$/, ""))?.groups?.["name"];
  return inside === undefined ? null : inside.replaceAll(/\s*\.\s*/g, ".").replaceAll(/["']/g, "");
}

/** Whoever writes the table in another way than this does has to change it by hand. */
function checked(text: string, name: string, there: boolean): string {
  if (readPins(text).pins.has(name) === there) return text;
  throw new BangerError(
    "CONFIG_INVALID",
    `the table [plugins.${name}] of config.toml is written in a way that banger does not change`,
    {
      hint: there ? "config.toml must be valid first: banger config show" : "take it out by hand",
    },
  );
}
