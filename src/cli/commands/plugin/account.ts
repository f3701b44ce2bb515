import { asBangerError } from "../../../core/api/errors.ts";
import type { Paths } from "../../../core/model/paths.ts";
import { readConfigFile } from "../../../host/config-file.ts";
import type { Shelf } from "../../../plugins/admit.ts";
import type { Pin } from "../../../plugins/pins.ts";
import type { Args } from "../../command.ts";
import type { Context } from "../../context.ts";

export interface PluginAccount {
  readonly shelf: Shelf;
  /** Of config.toml. */
  readonly text: string;
  readonly pins: ReadonlyMap<string, Pin>;
  /** Names of capabilities that are built in. */
  readonly builtIn: readonly string[];
}

/** The plugins of the account that a command is for; none of their code is loaded. */
export async function pluginAccount(paths: Paths): Promise<PluginAccount> {
  const [{ shelfOf }, { readPins }, { createTroupe }] = await Promise.all([
    import("../../../plugins/admit.ts"),
    import("../../../plugins/pins.ts"),
    import("../../../builtins.ts"),
  ]);
  const text = await readConfigFile(paths.configFile);
  const builtIn = createTroupe().capabilities.map(({ name }) => name);
  return { shelf: shelfOf(paths), text, pins: readPins(text).pins, builtIn };
}

/** Asks the daemon something where one of our version runs; null where none does. */
export async function askRunning<T>(
  { daemon }: Context<Args>,
  method: "GET" | "POST",
  path: string,
): Promise<T | null> {
  try {
    return await daemon.client.request<T>(method, path);
  } catch (thrown) {
    const { code } = asBangerError(thrown);
    // One of another version is replaced by the next command that needs it, and reads the file then.
    if (code === "DAEMON_UNREACHABLE" || code === "DAEMON_VERSION") return null;
    throw thrown;
  }
}

/** A configuration that was changed counts at once also where a daemon runs. */
export async function follow(ctx: Context<Args>): Promise<void> {
  await askRunning(ctx, "POST", "/v1/plugins/follow");
}
