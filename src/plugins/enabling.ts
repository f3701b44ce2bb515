import { orderCapabilities } from "../core/engine/order.ts";
import { asBangerError } from "../core/api/errors.ts";
import { examine, pinnedManifest, type Examined, type Shelf } from "./admit.ts";
import { refused, type Manifest } from "./manifest.ts";
import type { Pin } from "./pins.ts";

export interface Others {
  readonly shelf: Shelf;
  readonly pins: ReadonlyMap<string, Pin>;
  /** Names of capabilities that are built in. */
  readonly builtIn: readonly string[];
}

/**
 * Looks at a plugin that is to be enabled beside others; `taken` are flags that it cannot have. None of its code is run.
 * @throws BangerError PLUGIN_NOT_FOUND, PLUGIN_REFUSED
 */
export function mayEnable(name: string, { shelf, pins, builtIn }: Others, taken: readonly string[]): Examined {
  const examined = examine(name, shelf);
  const { manifest } = examined;
  if (builtIn.includes(name)) throw refused(name, "a capability that is built in has its name");
  const others = [...pins]
    .filter(([other]) => other !== name && !builtIn.includes(other))
    .flatMap(([other, pin]) => manifestOf(other, pin, shelf));
  for (const flag of Object.keys(manifest.flags)) {
    if (taken.includes(flag)) throw refused(name, `its flag --${flag} is one of banger's own`);
    const other = others.find(({ flags }) => Object.hasOwn(flags, flag));
    if (other !== undefined) throw refused(name, `the plugin ${other.name} has its flag --${flag} already`);
  }
  try {
    orderCapabilities([...builtIn.map((own) => ({ name: own })), ...others, manifest]);
  } catch (thrown) {
    throw refused(name, asBangerError(thrown).message);
  }
  return examined;
}

/** One that does not count any more is in nobody's way. */
function manifestOf(name: string, pin: Pin, shelf: Shelf): Manifest[] {
  try {
    return [pinnedManifest(name, pin, shelf)];
  } catch {
    return [];
  }
}
