import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { make } from "../../build.ts";
import { capabilityFlags } from "../../src/capabilities/flags.ts";
import { createBuiltins } from "../../src/capabilities/index.ts";
import { examine } from "../../src/plugins/admit.ts";
import { withPin } from "../../src/plugins/pin.ts";

const capabilities = join(import.meta.dir, "../../src/capabilities");
/** What gives each of them, and what of the root helper's table it asks for. */
const members: Readonly<Record<string, { readonly code: string; readonly privileged?: readonly string[] }>> = {
  vsock: { code: `export { vsock as default } from "${capabilities}/vsock/index.ts";` },
  workdisk: { code: `export { workdisk as default } from "${capabilities}/workdisk/index.ts";` },
  dns: {
    code: `import { createDns } from "${capabilities}/dns/index.ts"; export default createDns({ uid: process.getuid(), service: false });`,
    privileged: ["resolver.route", "resolver.unroute"],
  },
  nat: {
    code: `import { createNat } from "${capabilities}/nat/index.ts"; export default createNat();`,
    privileged: ["nat.add", "nat.remove", "nat.follow"],
  },
};

/** Makes a banger that has no capability built in. Returns the program's path. */
export async function bareBanger(folder: string): Promise<string> {
  const emptied: Readonly<Record<string, string>> = {
    [join(capabilities, "index.ts")]: "export const createBuiltins = () => [];",
    [join(capabilities, "flags.ts")]: "export const capabilityFlags = {};",
  };
  await make(folder, undefined, [
    {
      name: "no capabilities",
      setup: (build) =>
        void build.onLoad({ filter: /\/capabilities\/(index|flags)\.ts$/ }, ({ path }) => ({
          contents: emptied[path]!,
          loader: "ts",
        })),
    },
  ]);
  return join(folder, "banger");
}

/** Makes a folder of plugins of those that are built in elsewhere, and in it `pins.toml`, which enables them. */
export async function builtinPlugins(folder: string): Promise<void> {
  let pins = "";
  for (const capability of createBuiltins({ uid: process.getuid!(), service: false })) {
    const { name, api, after, requires, conflicts } = capability;
    const { code, privileged = [] } = members[name]!;
    const own = join(folder, name);
    mkdirSync(own, { recursive: true, mode: 0o700 });
    const entry = join(folder, `${name}.entry.ts`);
    writeFileSync(entry, code);
    const built = await Bun.build({ entrypoints: [entry], target: "bun", plugins: [sharedZod] });
    rmSync(entry);
    const manifest = { name, api, after, requires, conflicts, privileged, flags: capabilityFlags[name] ?? {} };
    writeFileSync(join(own, "index.js"), await built.outputs[0]!.text(), { mode: 0o600 });
    const description = { type: "module", main: "index.js", banger: manifest };
    writeFileSync(join(own, "package.json"), JSON.stringify(description), { mode: 0o600 });
    pins = withPin(pins, name, examine(name, { dir: folder, uid: process.getuid!() }).pin);
  }
  writeFileSync(join(folder, "pins.toml"), pins);
}

/** Plugins have their schemas from banger. */
const sharedZod: Bun.BunPlugin = {
  name: "zod",
  setup: (build) => void build.onResolve({ filter: /^zod$/ }, () => ({ path: "banger/plugin", external: true })),
};
