import { constants } from "node:os";
import { z } from "zod";
import type { Host } from "../../core/api/host.ts";
import { args, bytes, count, expose, fn, path, signal, text, whole } from "./checked.ts";

const argv = z.tuple([text.min(1)]).rest(text);
const env = z.record(text, text.nullable());
const identity = z.strictObject({ pid: z.int().min(1), startTime: whole, marker: text });
const runOptions = z.strictObject({
  input: z.union([z.string(), bytes]).optional(),
  cwd: path.optional(),
  env: env.optional(),
  signal: signal.optional(),
  timeoutMs: count.optional(),
  onLine: fn.optional(),
  okCodes: z.array(z.int()).optional(),
});
const startOptions = z.strictObject({ marker: text.min(1), logPath: path, cwd: path.optional(), env: env.optional() });
const signalName = z.enum(Object.keys(constants.signals) as [NodeJS.Signals, ...NodeJS.Signals[]]);
const nothing = args();

/**
 * The host as a plugin has it: the daemon does what it asks, with the daemon's environment, as for what is built in. `gone` is aborted when
 * the plugin's process has ended, and what it had run ends too.
 */
export function exposeHost(host: Host, gone: AbortSignal) {
  const until = (signal?: AbortSignal): AbortSignal => (signal === undefined ? gone : AbortSignal.any([signal, gone]));
  const bounded: Host = {
    ...host,
    run: (command, options) => host.run(command, { ...options, signal: until(options?.signal) }),
    waitExit: (process, signal) => host.waitExit(process, until(signal)),
  };
  return expose<Host>("host", bounded, {
    userNamespace: nothing,
    run: args(argv, runOptions.optional()),
    which: args(text),
    start: args(argv, startOptions),
    childOf: args(identity, text),
    findProcesses: args(text.min(1)),
    isAlive: args(identity),
    self: nothing,
    signal: args(identity, signalName),
    waitExit: args(identity, signal.optional()),
    createExt4: args(path, whole),
    growFile: args(path, whole),
    remove: args(path),
    freeBytes: args(path),
    kvm: nothing,
    cpuCount: nothing,
    memoryBytes: nothing,
    tscKhz: nothing,
    nameservers: nothing,
    watchRoutes: args(fn, signal),
  });
}
