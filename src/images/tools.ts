import { BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import { programPackages } from "../host/packages.ts";

/**
 * Absolute paths of programs. Throws one TOOL_MISSING that names all that are not there and the packages to install.
 * @param purpose for the sentence: "to build an image"
 */
export async function findTools<T extends string>(
  host: Host,
  purpose: string,
  tools: readonly T[],
): Promise<Record<T, string>> {
  const found = await Promise.all(tools.map(async (tool) => [tool, await host.which(tool)] as const));
  const missing = found.filter(([, path]) => path === null).map(([tool]) => tool);
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((tool) => programPackages[tool]?.debian ?? tool))];
    throw new BangerError(
      "TOOL_MISSING",
      `${missing.join(", ")} ${missing.length > 1 ? "are" : "is"} needed ${purpose}`,
      {
        hint: `sudo apt-get install ${packages.join(" ")}`,
      },
    );
  }
  return Object.fromEntries(found) as Record<T, string>;
}
