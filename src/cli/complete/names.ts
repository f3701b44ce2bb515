import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Paths } from "../../core/model/paths.ts";
import { DaemonClient } from "../../rpc/client.ts";
import type { VmInfo } from "../../rpc/protocol.ts";
import type { Names } from "./candidates.ts";

/** How long somebody who has pressed Tab is kept waiting, in milliseconds. */
const patience = 500;

/** Names from the daemon if one runs; images and kernels else from their folders. Never fails. */
export function nameSource(paths: Paths): Names {
  const client = DaemonClient.at(paths);
  const list = async <T>(path: string): Promise<readonly T[]> =>
    client.request<readonly T[]>("GET", path, undefined, AbortSignal.timeout(patience));
  const named = ({ name }: { readonly name: string }): string => name;
  return async (kind) => {
    if (kind === "plugin") {
      const { findPlugins } = await import("../../plugins/find.ts");
      return findPlugins(join(paths.configDir, "plugins")).map(named);
    }
    try {
      if (kind === "image" || kind === "kernel") return (await list<{ name: string }>(`/v1/${kind}s`)).map(named);
      const vms = await list<VmInfo>("/v1/vms");
      return vms.filter(({ state }) => kind === "vm" || state === "running").map(named);
    } catch {
      if (kind === "vm" || kind === "running-vm") return [];
      const folders = await readdir(kind === "image" ? paths.imagesDir : paths.kernelsDir).catch(() => []);
      return folders.filter((name) => !name.startsWith("."));
    }
  };
}
