// Run on the lab host, bundled, by what banger itself is made of: cold `vm run --rm -- true`, each followed by the same machine booted by
// hand where the first argument is `compare`; the second is how often.
import { Database } from "bun:sqlite";
import { copyFile, mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectGuest } from "../src/guest/index.ts";
import { lazy, mke2fsArgv, prezeroed } from "../src/host/ext4.ts";
import { createHost } from "../src/host/index.ts";

/** What it prints, as one line of JSON: milliseconds of each round, and the daemon's marks of each start. */
export interface Rounds {
  readonly ours: readonly number[];
  readonly byHand: readonly ByHand[];
  readonly marks: readonly (readonly [string, number])[][];
}

/** A machine booted by hand, to the agent's first answer. */
export interface ByHand {
  /** From nothing: its disks and its tap are made first, one after the other, as a short script would. */
  readonly script: number;
  /** From the start of Firecracker. */
  readonly firecracker: number;
}

interface Model {
  /** Firecracker's own words for the machine: GET /vm/config. */
  readonly config: string;
  readonly token: Uint8Array;
  readonly from: { readonly stateDir: string; readonly runtimeDir: string };
  /** Names of disks that the VM has for itself, and their sizes. */
  readonly disks: readonly { readonly name: string; readonly bytes: number }[];
  readonly initrd: string;
}

const home = process.env["HOME"]!;
const folder = join(home, "bench");
const host = createHost({ env: process.env });
const banger = async (...args: string[]): Promise<string> => (await host.run(["banger", ...args])).stdout;

/** Reads the machine off a VM that runs. */
async function readModel(): Promise<Model> {
  await banger("vm", "create", "-q", "--name", "model");
  const { id } = JSON.parse(await banger("vm", "show", "model", "--json")) as { id: string };
  const from = {
    stateDir: join(home, ".local/state/banger/vms", id),
    runtimeDir: join(process.env["XDG_RUNTIME_DIR"]!, "banger", id),
  };
  const unix = join(from.runtimeDir, "api.sock");
  const config = await (await fetch("http://localhost/vm/config", { unix })).text();
  const database = new Database(join(home, ".local/state/banger/state.db"), { readonly: true });
  const rows = database
    .query<{ result: string | null }, [string]>("select result from journal where vm_id = ? and participant = 'engine'")
    .all(id);
  database.close();
  const results = rows.map(({ result }) => JSON.parse(result ?? "null") as { token?: string } | null);
  const names = [...config.matchAll(new RegExp(`"${from.stateDir}/([^"/]+)"`, "g"))].map((match) => match[1]!);
  const disks = names.map((name) => ({ name, bytes: Bun.file(join(from.stateDir, name)).size }));
  const initrd = join(folder, "initrd");
  await copyFile(join(from.runtimeDir, "initrd"), initrd);
  await banger("vm", "delete", "-f", "model");
  return { config, token: Uint8Array.fromHex(results.find((result) => result?.token)!.token!), from, disks, initrd };
}

/** A namespace with the tap that the machine names; ends with its process. */
async function namespaceWithTap(config: string): Promise<Bun.Subprocess> {
  const tap = (JSON.parse(config) as { "network-interfaces": { host_dev_name: string }[] })["network-interfaces"][0]!;
  const script = `ip tuntap add dev ${tap.host_dev_name} mode tap; ip link set dev ${tap.host_dev_name} up; echo; exec sleep 3600`;
  const holder = Bun.spawn(["unshare", "--user", "--map-root-user", "--net", "sh", "-ec", script], { stdout: "pipe" });
  await holder.stdout.getReader().read();
  return holder;
}

async function boot(model: Model, round: number): Promise<ByHand> {
  const place = join(folder, String(round));
  const began = performance.now();
  await mkdir(place);
  for (const { name, bytes } of model.disks) {
    const path = join(place, name);
    await writeFile(path, "");
    await truncate(path, bytes);
    await host.run(mke2fsArgv(path, bytes, [...lazy, prezeroed]));
  }
  const holder = await namespaceWithTap(model.config);
  await copyFile(model.initrd, join(place, "initrd"));
  const { stateDir, runtimeDir } = model.from;
  await writeFile(
    join(place, "config.json"),
    model.config
      .replaceAll(stateDir, place)
      .replaceAll(runtimeDir, place)
      .replace(/"(logger|metrics)":null,/g, ""),
  );
  const enter = ["nsenter", "--target", String(holder.pid), "--user", "--net", "--preserve-credentials", "--"];
  const started = performance.now();
  const vmm = Bun.spawn([...enter, "firecracker", "--no-api", "--config-file", join(place, "config.json")], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  try {
    const address = { kind: "vsock", path: join(place, "vsock.sock"), port: 1000 } as const;
    const guest = await connectGuest(address, model.token, { signal: AbortSignal.timeout(100_000) });
    const answered = performance.now();
    guest.close();
    return { script: answered - began, firecracker: answered - started };
  } finally {
    for (const process of [vmm, holder]) {
      process.kill("SIGKILL");
      await process.exited;
    }
    await rm(place, { recursive: true });
  }
}

async function ourRun(): Promise<{ took: number; marks: [string, number][] }> {
  const began = performance.now();
  const { stderr } = await host.run(["banger", "vm", "run", "--rm", "--json", "--", "true"]);
  const took = performance.now() - began;
  const events = stderr.split("\n").filter((line) => line.startsWith("{"));
  const timings = events
    .map((line) => JSON.parse(line) as { type: string; mark: string; ms: number })
    .filter(({ type }) => type === "timing");
  return { took, marks: [...timings.map(({ mark, ms }) => [mark, ms] as [string, number]), ["whole command", took]] };
}

const [what, times] = process.argv.slice(2);
const rounds = { ours: [] as number[], byHand: [] as ByHand[], marks: [] as [string, number][][] };
await mkdir(folder);
const model = what === "compare" ? await readModel() : null;
// The first one fills caches, and is not counted.
await ourRun();
for (let round = 0; round < Number(times); round++) {
  const { took, marks } = await ourRun();
  rounds.ours.push(took);
  rounds.marks.push(marks);
  if (model !== null) rounds.byHand.push(await boot(model, round));
}
await rm(folder, { recursive: true });
console.log(JSON.stringify(rounds satisfies Rounds));
