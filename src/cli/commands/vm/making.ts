import { checkName } from "../../../core/model/names.ts";
import type { CreateRequest, StartRequest } from "../../../rpc/protocol.ts";
import type { Args, Values } from "../../command.ts";
import { readCapabilitySettings } from "../../capability-flags.ts";
import type { Context } from "../../context.ts";
import { parseDuration, parseEnv, parseWorkdir } from "../../parse/values.ts";
import { readSizes, sizeFlags } from "./sizes.ts";

/** How a start goes; of create, run, start and restart. */
export const startFlags = {
  wait: {
    type: "enum",
    options: ["agent", "boot", "ssh"],
    description:
      "How far the boot must be: the agent answers (default), the image's init has finished, or its sshd answers",
    group: "Start",
  },
  "boot-timeout": {
    type: "string",
    valueHint: "TIME",
    description: "Give up when the guest has not answered by then, like 90s",
    group: "Start",
  },
  "keep-failed": { type: "boolean", description: "Leave what a failed start has set up, to look at", group: "Start" },
} as const satisfies Args;

/** What a new VM is made of; of create and run. */
export const makingFlags = {
  name: {
    type: "string",
    valueHint: "NAME",
    description: "1 to 63 of a-z, 0-9 and -; otherwise one is made up",
    group: "What runs",
  },
  image: {
    type: "string",
    valueHint: "NAME",
    description: "Root file system",
    resolved: "image",
    completes: "image",
    group: "What runs",
  },
  kernel: {
    type: "string",
    valueHint: "NAME",
    description: "Kernel, instead of the image's own",
    completes: "kernel",
    group: "What runs",
  },
  env: {
    type: "string",
    valueHint: "K=V",
    alias: "e",
    multiple: true,
    description: "Variable of every command; K alone passes on yours",
    group: "What runs",
  },
  workdir: { type: "string", valueHint: "DIR", description: "Directory that commands start in", group: "What runs" },
  ...sizeFlags,
  vmm: {
    type: "string",
    valueHint: "NAME",
    description: "Virtual machine monitor: auto, firecracker or qemu",
    completes: ["auto", "firecracker", "qemu"],
    group: "Drivers",
  },
  network: {
    type: "string",
    valueHint: "NAME",
    description: "Network: user, bridge or none",
    completes: ["user", "bridge", "none"],
    group: "Drivers",
  },
  storage: {
    type: "string",
    valueHint: "NAME",
    description: "Root storage: overlay or dm-snapshot",
    completes: ["overlay", "dm-snapshot"],
    group: "Drivers",
  },
  ...startFlags,
} as const satisfies Args;

export function readStart(args: Values<typeof startFlags>): StartRequest {
  const { wait, "boot-timeout": timeout, "keep-failed": keepFailed } = args;
  return {
    ...(wait !== undefined && { wait }),
    ...(timeout !== undefined && { bootTimeoutMs: parseDuration(timeout, "--boot-timeout") }),
    ...(keepFailed && { keepFailed }),
  };
}

/** The request of the flags; throws BAD_NAME, BAD_SIZE or USAGE. */
export async function readMaking({
  args,
  io,
  command,
  paths,
}: Pick<Context<typeof makingFlags>, "args" | "io" | "command" | "paths">): Promise<CreateRequest> {
  const { name, image, kernel, workdir, vmm, network, storage } = args;
  const env = parseEnv(args.env, io.env);
  return {
    ...(name !== undefined && { name: checkName(name) }),
    ...(image !== undefined && { image }),
    ...(kernel !== undefined && { kernel }),
    ...(await readSizes(args)),
    ...(vmm !== undefined && { vmm }),
    ...(network !== undefined && { network }),
    ...(storage !== undefined && { storage }),
    ...(Object.keys(env).length > 0 && { env }),
    ...(workdir !== undefined && { workdir: parseWorkdir(workdir) }),
    ...(await readCapabilitySettings({ args, command, paths })),
    ...readStart(args),
  };
}
