import { stat } from "node:fs/promises";
import type { VmmProbe } from "../../../core/api/drivers.ts";
import type { Host } from "../../../core/api/host.ts";
import type { FirecrackerConfig } from "./config.ts";
import { lackOf, versionOf } from "./version.ts";

const program = "firecracker";

/** Finds Firecracker and asks it for its version, once for each file that it is. */
export class FirecrackerProbe {
  readonly #versions = new Map<string, Promise<string | null>>();

  async probe(host: Host, config: Pick<FirecrackerConfig, "binary">): Promise<VmmProbe> {
    const unusable = (reason: string, binary: string | null, version: string | null): VmmProbe => ({
      usable: false,
      accel: "kvm",
      binary,
      version,
      reason,
    });
    const path = config.binary ?? (await host.which(program));
    if (path === null) return unusable(`${program} is not on PATH`, null, null);
    const found = await stat(path).catch(() => null);
    if (found === null) return unusable(`there is no ${path}`, null, null);
    const [version, kvm] = await Promise.all([
      this.#version(host, path, [path, found.mtimeMs, found.size, found.ino].join(" ")),
      host.kvm(),
    ]);
    if (version instanceof Error) return unusable(version.message, path, null);
    const reason = lackOf(version) || (kvm.usable ? "" : kvm.reason);
    return { usable: reason === "", accel: "kvm", binary: path, version, reason };
  }

  /** The version of a program of Firecracker's; null when it says none, the error when it cannot be asked. */
  async version(host: Host, path: string): Promise<string | null | Error> {
    const found = await stat(path).catch(() => null);
    if (found === null) return new Error(`there is no ${path}`);
    return this.#version(host, path, [path, found.mtimeMs, found.size, found.ino].join(" "));
  }

  async #version(host: Host, path: string, key: string): Promise<string | null | Error> {
    const asked = this.#versions.get(key) ?? ask(host, path);
    this.#versions.set(key, asked);
    try {
      return await asked;
    } catch (thrown) {
      // What failed once may not fail again.
      this.#versions.delete(key);
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  }
}

async function ask(host: Host, path: string): Promise<string | null> {
  return versionOf((await host.run([path, "--version"], { timeoutMs: 10_000 })).stdout);
}
