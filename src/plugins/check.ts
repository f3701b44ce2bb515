import type { Host } from "../core/api/host.ts";
import type { Examined } from "./admit.ts";
import { remoteCapability } from "./capability.ts";
import type { Description } from "./description.ts";
import { mayEnable, type Others } from "./enabling.ts";
import { readSection } from "./pins.ts";
import { configProblem } from "./problem.ts";
import { PluginHost } from "./process.ts";

export interface CheckSetting extends Others {
  /** Of config.toml. */
  readonly text: string;
  /** Flags that it cannot have. */
  readonly taken: readonly string[];
  readonly host: Host;
  readonly self: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Looks at a plugin and loads it, enabled or not; what it prints comes on stderr.
 * @throws BangerError PLUGIN_NOT_FOUND, PLUGIN_REFUSED, PLUGIN_FAILED, CONFIG_INVALID
 */
export async function checkPlugin(
  name: string,
  { host, self, env, text, taken, ...others }: CheckSetting,
): Promise<Examined & { readonly description: Description }> {
  const examined = mayEnable(name, others, taken);
  const process = new PluginHost({ name, host, self, env, output: "stderr", admit: () => examined, onCrash: () => {} });
  try {
    const description = await process.description();
    const capability = remoteCapability(examined.manifest, process);
    const verdict = await capability.judge(readSection(text, name));
    if ("problems" in verdict) throw configProblem({ capability, problems: verdict.problems, flags: {}, text });
    return { ...examined, description };
  } finally {
    process.close();
  }
}
