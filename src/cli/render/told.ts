import type { Json } from "../../core/api/json.ts";
import type { VmDetails } from "../../rpc/protocol.ts";
import { facts } from "./table.ts";
import { printable } from "./style.ts";

/** What capabilities tell of a VM: a paragraph each, under its name; then why something is missing. */
export function toldByCapabilities(
  { capabilities, problems }: Pick<VmDetails, "capabilities" | "problems">,
  before = "",
): string[] {
  const told = Object.entries(capabilities).map(([name, values]) => {
    const lines = facts(Object.entries(values).map(([key, value]) => [printable(key), shown(value)] as const));
    return `${before}${printable(name)}\n${lines.replaceAll(/^/gm, "  ")}`;
  });
  return problems.length === 0 ? told : [...told, problems.map((line) => printable(line)).join("\n")];
}

function shown(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
