import { z } from "zod";
import { BangerError } from "../core/api/errors.ts";
import type { ExecFrameRequest } from "../rpc/frames.ts";
import {
  killSignals,
  type CreateRequest,
  type KillRequest,
  type PullRequest,
  type SetRequest,
  type StartRequest,
  type StopRequest,
  type WaitRequest,
} from "../rpc/protocol.ts";

/** The bodies of requests on the socket, checked: what is not in a schema is refused. */
const count = z.int().positive();
const wait = z.enum(["agent", "boot", "ssh"]);
const duration = z.number().min(0).max(86_400_000);
const variables = z.record(z.string().regex(/^[^=\0]+$/), z.string().regex(/^[^\0]*$/));
const settings = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])));
const size = { vcpu: count.optional(), memoryMiB: count.optional(), diskBytes: count.optional() };
const start = { wait: wait.optional(), bootTimeoutMs: duration.optional(), keepFailed: z.boolean().optional() };
const driver = z.string().min(1).max(64).optional();

const terminal = z.strictObject({ rows: z.int().min(0).max(65_535), cols: z.int().min(0).max(65_535) });
/** Bytes of all arguments together, as the kernel's own limit is about. */
const text = z
  .string()
  .max(1 << 20)
  .regex(/^[^\0]*$/, "must not have a NUL");

const shapes = {
  exec: z.strictObject({
    argv: z.array(text).max(100_000),
    env: variables.optional(),
    cwd: z.string().startsWith("/").optional(),
    user: z.string().min(1).max(256).optional(),
    terminal: terminal.optional(),
  }),
  create: z.strictObject({
    name: z.string().optional(),
    image: z.string().min(1).max(512).optional(),
    kernel: z.string().min(1).max(512).optional(),
    ...size,
    ...start,
    vmm: driver,
    network: driver,
    storage: driver,
    env: variables.optional(),
    workdir: z.string().startsWith("/").optional(),
    capabilities: settings.optional(),
    start: z.boolean().optional(),
    lease: z.boolean().optional(),
  }),
  start: z.strictObject(start),
  stop: z.strictObject({ ...start, timeoutMs: duration.optional() }),
  kill: z.strictObject({ signal: z.enum(killSignals).optional() }),
  set: z.strictObject({ ...size, capabilities: settings.optional() }),
  wait: z.strictObject({ for: wait, timeoutMs: duration.optional() }),
  pull: z.strictObject({ force: z.boolean().optional() }),
  empty: z.strictObject({}),
};

interface Bodies {
  exec: ExecFrameRequest;
  create: CreateRequest;
  start: StartRequest;
  stop: StopRequest;
  kill: KillRequest;
  set: SetRequest;
  wait: WaitRequest;
  pull: PullRequest;
  empty: Record<string, never>;
}

/** The body as the request's type; throws BAD_REQUEST that names every problem. */
export function readBody<K extends keyof Bodies>(kind: K, body: unknown): Bodies[K] {
  const parsed = shapes[kind].safeParse(body ?? {});
  if (parsed.success) return parsed.data as Bodies[K];
  throw new BangerError("BAD_REQUEST", `the request is not a valid ${kind} request`, {
    detail: parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`),
  });
}

/** The request of an exec connection from its first frame. */
export function readExecRequest(payload: Uint8Array): ExecFrameRequest {
  try {
    return readBody("exec", JSON.parse(new TextDecoder().decode(payload)));
  } catch (thrown) {
    if (thrown instanceof BangerError) throw thrown;
    throw new BangerError("BAD_REQUEST", "the exec request is not JSON", { cause: thrown });
  }
}
