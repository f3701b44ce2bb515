// Run on the lab host, bundled, by what banger itself is made of: a cold `vm run --rm -- true` and the same machine booted by hand, in turn.
import { Database } from "bun:sqlite";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectGuest } from "../src/guest/index.ts";
import { createHost } from "../src/host/index.ts";

/** What it prints, as one line of JSON: milliseconds of each round, and the daemon's marks of each start. */
export interface Rounds {
  readonly ours: readonly number[];
  readonly bare: readonly number[];
  readonly marks: readonly (readonly [string, number])[][];
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

/** Boots once with new disks; milliseconds from starting Firecracker to the agent's first answer. Making the disks is not counted. */
async function bareBoot(model: Model, namespace: number, round: number): Promise<number> {
  const place = join(folder, String(round));
  await mkdir(place);
  for (const { name, bytes } of model.disks) await host.createExt4(join(place, name), bytes);
  await copyFile(model.initrd, join(place, "initrd"));
  const { stateDir, runtimeDir } = model.from;
  await writeFile(
    join(place, "config.json"),
    model.config
      .replaceAll(stateDir, place)
      .replaceAll(runtimeDir, place)
      .replace(/"(logger|metrics)":null,/g, ""),
  );
  const enter = ["nsenter", "--target", String(namespace), "--user", "--net", "--preserve-credentials", "--"];
  const began = performance.now();
  const vmm = Bun.spawn([...enter, "firecracker", "--no-api", "--config-file", join(place, "config.json")], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  try {
    const address = { kind: "vsock", path: join(place, "vsock.sock"), port: 1000 } as const;
    const guest = await connectGuest(address, model.token, { signal: AbortSignal.timeout(100_000) });
    const took = performance.now() - began;
    guest.close();
    return took;
  } finally {
    vmm.kill("SIGKILL");
    await vmm.exited;
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

await mkdir(folder);
const model = await readModel();
const holder = await namespaceWithTap(model.config);
const rounds = { ours: [] as number[], bare: [] as number[], marks: [] as [string, number][][] };
for (let round = 0; round < Number(process.argv[2]); round++) {
  const { took, marks } = await ourRun();
  rounds.ours.push(took);
  rounds.marks.push(marks);
  rounds.bare.push(await bareBoot(model, holder.pid, round));
}
holder.kill("SIGKILL");
await rm(folder, { recursive: true });
console.log(JSON.stringify(rounds satisfies Rounds));
