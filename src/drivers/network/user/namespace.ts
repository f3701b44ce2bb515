import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { dirname } from "node:path";
import { BangerError } from "../../../core/api/errors.ts";
import type { Host, ProcessIdentity } from "../../../core/api/host.ts";
import type { Json, JsonObject } from "../../../core/api/json.ts";
import type { Ctx, UndoCtx } from "../../../core/api/participant.ts";
import { plainText } from "../../../core/model/plain-text.ts";
import { enterArgv, forwarding, holderArgv, holderProgram, pastaArgv, tapBatch } from "./plan.ts";

/** pasta needs some milliseconds; in ms. */
const readyTimeoutMs = 30_000;
/** A killed process is gone at once unless the host is stuck; in ms. */
const killTimeoutMs = 30_000;

/** What is journaled before anything is started. */
type CloseArgs = { readonly marker: string; readonly pidFile: string };
type Namespace = { readonly holder: ProcessIdentity; readonly pasta: ProcessIdentity };

/** Makes a namespace with a tap for the guest and pasta as its way out, as one effect (undo `close`); returns who holds it. */
export async function openNamespace({ vm, host, signal, effect }: Ctx): Promise<ProcessIdentity> {
  const marker = randomNumber();
  const logPath = `${vm.stateDir}/network.log`;
  const args: CloseArgs = { marker, pidFile: `${vm.runtimeDir}/pasta-${marker}.pid` };
  const { holder } = await effect("close", args, async () => {
    const started = { marker, logPath, cwd: "/" };
    const holder = await host.start(holderArgv(marker), { ...started, becomes: holderProgram });
    const within = async (argv: readonly string[], input: string): Promise<void> =>
      void (await host.run(enterArgv(holder.pid, argv), { input, signal }));
    const [pasta] = await Promise.all([
      startPasta(host, holder, { ...args, ...started, signal }),
      within(["ip", "-batch", "-"], tapBatch()),
      within(["tee", forwarding], "1\n"),
    ]);
    return { holder: { ...holder }, pasta: { ...pasta } };
  });
  return holder;
}

/** Undo of `close`: the namespace goes with the last process in it. */
export async function closeNamespace(
  { host, result }: Pick<UndoCtx, "host" | "result">,
  args: JsonObject,
): Promise<void> {
  const { marker, pidFile } = args as CloseArgs;
  const known = result as Json as Namespace | null;
  const processes = known === null ? await host.findProcesses(marker) : [known.pasta, known.holder];
  await Promise.all(
    processes.map(async (process) => {
      await host.signal(process, "SIGKILL");
      await host.waitExit(process, AbortSignal.timeout(killTimeoutMs));
    }),
  );
  await host.remove(pidFile);
}

type PastaStart = CloseArgs & { readonly logPath: string; readonly cwd: string; readonly signal: AbortSignal };

async function startPasta(host: Host, holder: ProcessIdentity, options: PastaStart): Promise<ProcessIdentity> {
  const root = process.getuid!() === 0;
  const start = async (template: string | null): Promise<ProcessIdentity | null> => {
    const { marker, pidFile, logPath, cwd, signal } = options;
    const pasta = await host.start(pastaArgv({ holder: holder.pid, pidFile, root, template }), {
      marker,
      logPath,
      cwd,
    });
    return (await isReady(host, pasta, pidFile, signal)) ? pasta : null;
  };
  // A host without a default route has another interface or none.
  const pasta = (await start(null)) ?? (await start(anyInterface() ?? "lo"));
  if (pasta !== null) return pasta;
  const said = (await readFile(options.logPath, "utf8").catch(() => "")).split("\n").map(plainText).filter(Boolean);
  throw new BangerError("COMMAND_FAILED", `pasta did not start: ${said.at(-1) ?? "it gave no reason"}`, {
    detail: said.slice(-6, -1),
    hint: "--network none does without a network",
  });
}

/** Whether pasta has set everything up and written its pid; false when it ended. */
async function isReady(host: Host, pasta: ProcessIdentity, pidFile: string, cancel: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  const signal = AbortSignal.any([cancel, over.signal, AbortSignal.timeout(readyTimeoutMs)]);
  let changed = Promise.withResolvers<void>();
  const watcher = watch(dirname(pidFile), () => changed.resolve());
  const died = host.waitExit(pasta, signal).then(() => false);
  const written = async (): Promise<boolean> => {
    for (;;) {
      // Renewed before the look, so that a change meanwhile is not missed.
      changed = Promise.withResolvers();
      if ((await readFile(pidFile, "utf8").catch(() => "")) !== "") return true;
      await changed.promise;
    }
  };
  died.catch(() => {});
  try {
    return await Promise.race([died, written()]);
  } finally {
    over.abort();
    watcher.close();
  }
}

/** The name of an interface with an IPv4 address that is up; pasta takes its mtu and the like from it. */
function anyInterface(): string | null {
  for (const [name, list] of Object.entries(networkInterfaces())) {
    if (list?.some(({ family, internal }) => family === "IPv4" && !internal) === true) return name;
  }
  return null;
}

/** 16 digits. */
function randomNumber(): string {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
  return `${1e7 + (high % 9e7)}${1e7 + (low % 9e7)}`;
}
