import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { connectGuest } from "../src/guest/index.ts";
import { createHost } from "../src/host/index.ts";
import type { World } from "../test/helpers/world.ts";

/** The very machine that banger boots, to be booted without banger: same argv, kernel, initrd, disks, configuration. */
export class BareMachine {
  #boots = 0;

  private constructor(
    private readonly argv: readonly string[],
    private readonly folder: string,
    private readonly from: { readonly stateDir: string; readonly runtimeDir: string },
    private readonly token: Uint8Array,
    private readonly disks: readonly { readonly name: string; readonly bytes: number }[],
  ) {}

  /** Reads the machine off a VM that runs. */
  static async of(world: World, name: string): Promise<BareMachine> {
    const { id, pid, diskBytes } = await world.json<{ id: string; pid: number; diskBytes: number }>("vm", "show", name);
    const argv = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").slice(0, -1);
    const from = { stateDir: join(world.stateDir, "vms", id), runtimeDir: join(world.runtimeDir, id) };
    const rows = world.rows<{ result: string }>(
      `select result from journal where vm_id = '${id}' and participant = 'engine'`,
    );
    const token = rows
      .map(({ result }) => JSON.parse(result ?? "null") as { token?: string } | null)
      .find((result) => result?.token)?.token;
    const folder = join(world.root, "home/bare");
    await mkdir(folder, { recursive: true });
    await copyFile(join(from.runtimeDir, "initrd"), join(folder, "initrd"));
    const names = [...new Set(argv.join("\n").match(/[^/=,\n]+\.ext4/g) ?? [])].filter((file) =>
      argv.some((arg) => arg.includes(`${from.stateDir}/${file}`)),
    );
    const disks = names.map((file) => ({ name: file, bytes: diskBytes }));
    return new BareMachine(argv, folder, from, Uint8Array.fromHex(token!), disks);
  }

  /** Boots once with new disks; milliseconds from starting QEMU to the agent's first answer. Making the disks is not counted. */
  async boot(): Promise<number> {
    const place = join(this.folder, String(++this.#boots));
    await mkdir(place);
    const host = createHost({ env: process.env });
    for (const { name, bytes } of this.disks) await host.createExt4(join(place, name), bytes);
    await copyFile(join(this.folder, "initrd"), join(place, "initrd"));
    const argv = this.argv.map((arg) =>
      arg.replaceAll(this.from.stateDir, place).replaceAll(this.from.runtimeDir, place),
    );
    const channel = argv.join("\n").match(/path=([^,\n]*agent\.sock)/)![1]!;
    const began = performance.now();
    const qemu = Bun.spawn([...argv], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    try {
      const guest = await connectGuest({ kind: "unix", path: channel }, this.token, {
        signal: AbortSignal.timeout(60_000),
      });
      const took = performance.now() - began;
      guest.close();
      return took;
    } finally {
      qemu.kill("SIGKILL");
      await qemu.exited;
      await rm(place, { recursive: true, force: true });
    }
  }
}
