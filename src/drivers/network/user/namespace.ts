import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { BangerError } from "../../../core/api/errors.ts";
import type { ProcessIdentity } from "../../../core/api/host.ts";
import type { JsonObject } from "../../../core/api/json.ts";
import type { Ctx, UndoCtx } from "../../../core/api/participant.ts";
import { plainText } from "../../../core/model/plain-text.ts";
import { enterArgv, forwarding, holderProgram, tapBatch, waysOut } from "./plan.ts";

/** A killed process is gone at once unless the host is stuck; in ms. */
const killTimeoutMs = 30_000;

/** `pasta` is the holder's parent. */
type Namespace = { readonly holder: ProcessIdentity; readonly pasta: ProcessIdentity };

/** Makes a namespace with a tap for the guest and pasta as its way out, as one effect (undo `close`); returns who holds it. */
export async function openNamespace(ctx: Ctx): Promise<ProcessIdentity> {
  const { host, signal, effect } = ctx;
  const marker = randomDigits();
  const { holder } = await effect("close", { marker }, async () => {
    const namespace = await startPasta(ctx, marker);
    const within = async (argv: readonly string[], input: string) =>
      host.run(enterArgv(namespace.holder.pid, argv), { input, signal });
    await Promise.all([within(["ip", "-batch", "-"], tapBatch()), within(["tee", forwarding], "1\n")]);
    return { holder: { ...namespace.holder }, pasta: { ...namespace.pasta } };
  });
  return holder;
}

/** Undo of `close`: the namespace goes with the last process in it. */
export async function closeNamespace(
  { host, result }: Pick<UndoCtx, "host" | "result">,
  args: JsonObject,
): Promise<void> {
  const known = result as Namespace | null;
  const processes = known === null ? await host.findProcesses(args["marker"] as string) : [known.holder, known.pasta];
  await Promise.all(
    processes.map(async (process) => {
      await host.signal(process, "SIGKILL");
      await host.waitExit(process, AbortSignal.timeout(killTimeoutMs));
    }),
  );
}

/** Starts pasta, or what holds a namespace without it where this host has no network itself. */
async function startPasta({ vm, host, emit }: Ctx, marker: string): Promise<Namespace> {
  const logPath = `${vm.stateDir}/network.log`;
  const start = async (argv: [string, ...string[]]): Promise<Namespace | null> => {
    const pasta = await host.start(argv, { marker, logPath, cwd: "/" });
    const holder = await host.childOf(pasta, holderProgram);
    return holder === null ? null : { holder, pasta };
  };
  const interfaces = outwardInterfaces();
  if (interfaces.length === 0) {
    const message = `this host has no network, so ${vm.name} has none until it is started again`;
    emit({ type: "notice", level: "warning", message });
  }
  for (const argv of waysOut(marker, interfaces)) {
    const started = await start(argv);
    if (started !== null) return started;
  }
  const said = (await readFile(logPath, "utf8").catch(() => "")).split("\n").map(plainText).filter(Boolean);
  throw new BangerError("COMMAND_FAILED", `pasta did not start: ${said.at(-1) ?? "it gave no reason"}`, {
    detail: said.slice(-6, -1),
    hint: "--network none does without a network",
  });
}

/** Names of the host's interfaces with an IPv4 address, its loopback left out. */
function outwardInterfaces(): readonly string[] {
  const all = Object.entries(networkInterfaces());
  return all.flatMap(([name, list]) =>
    list?.some(({ family, internal }) => family === "IPv4" && !internal) === true ? [name] : [],
  );
}

/** 16 of them. */
function randomDigits(): string {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  return `${1e7 + (high % 9e7)}${1e7 + (low % 9e7)}`;
}
