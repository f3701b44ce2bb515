import type { Host } from "../../core/api/host.ts";
import { connectDescriptor } from "../../host/descriptor-line.ts";
import type { Manifest } from "../manifest.ts";
import { Peer } from "../wire/peer.ts";
import { asCapability, membersOf } from "./capability.ts";
import { runtime } from "./runtime.ts";

/** The descriptor that the daemon is at the other end of. */
const lineFd = 3;

/** What it needs of its process. */
interface Edge {
  /** What starts this very program. */
  readonly self: readonly string[];
  err(text: string): Promise<void>;
}

type Members = ReturnType<typeof membersOf>;

/** Private writable memory of a plugin's process. About half of it is set aside by the runtime at the start, and mostly never touched. */
const memoryBytes = 768 * 2 ** 20;

/**
 * `banger internal plugin begin PARENT NAME` makes its process a bounded one and goes on as `banger internal plugin run NAME`: the process
 * of one plugin, which does what the daemon asks until the daemon closes the line. Returns the exit status.
 */
export async function pluginMain([verb, ...rest]: readonly string[], io: Edge): Promise<number> {
  if (verb === "run") return runPlugin(io);
  const [parent, name = ""] = rest;
  const { become } = await import("../../host/confine.ts");
  const [program = "", ...own] = io.self;
  return become([program, ...own, "internal", "plugin", "run", name], { memoryBytes, parent: Number(parent) });
}

async function runPlugin(io: Edge): Promise<number> {
  Bun.plugin({
    name: "banger",
    setup: (build) => void build.module("banger/plugin", () => ({ loader: "object", exports: { ...runtime } })),
  });
  const ended = Promise.withResolvers<number>();
  let members: Members = {};
  const load = async (entry: string, manifest: Manifest, host: Host): Promise<unknown> => {
    const module = (await import(entry)) as { readonly default?: unknown };
    members = membersOf(asCapability(module.default, manifest), host);
    return members["describe"]!();
  };
  const peer: Peer = new Peer({
    send: (line) => connection.write(line),
    root: (name, ...args) => (name === "load" ? load(...(args as Parameters<typeof load>)) : call(members, name, args)),
    broken: () => ended.resolve(1),
  });
  const connection = await connectDescriptor(lineFd, {
    onData: (data) => peer.receive(data),
    onClose: () => ended.resolve(0),
  });
  // An error that nobody waits for is the plugin's own affair; it stands in its log.
  for (const event of ["unhandledRejection", "uncaughtException"] as const)
    process.on(event, (thrown: unknown) => void io.err(`${Bun.inspect(thrown)}\n`));
  return ended.promise;
}

function call(members: Members, name: string, args: readonly unknown[]): unknown {
  const member = Object.hasOwn(members, name) ? members[name] : undefined;
  if (member === undefined) throw new Error(`a plugin cannot be asked for ${name}`);
  return member(...(args as never[]));
}
