import { z } from "zod";
import type { Guest, GuestConnection, GuestProcess } from "../../core/api/guest.ts";
import { givesIterable } from "../wire/values.ts";
import { args, bytes, count, expose, iterable, path, signal, text, whole } from "./checked.ts";

const request = z.strictObject({
  argv: z.array(text).min(1),
  env: z.record(text, text).optional(),
  cwd: path.optional(),
  defaultCwd: path.optional(),
  user: text.optional(),
  terminal: z.strictObject({ rows: whole, cols: whole }).optional(),
});
const writeOptions = z.strictObject({ mode: whole, uid: whole, gid: whole, makeParents: z.boolean().optional() });
const target = z.union([z.strictObject({ host: text, port: z.int().min(1).max(65_535) }), z.strictObject({ path })]);
const nothing = args();

/** The guest's agent as a plugin has it, with everything that it gives. */
export function exposeGuest(guest: Guest) {
  const members = expose<Guest>("guest", guest, {
    exec: args(request, signal.optional()),
    readFile: args(path),
    writeFile: args(path, iterable.transform(chunks), writeOptions),
    health: nothing,
    ports: nothing,
    watchListening: args(signal.optional()),
    dial: args(target),
    shutdown: nothing,
    sync: nothing,
    setClock: args(count),
    waitBoot: args(signal.optional()),
    close: nothing,
  });
  const { exec, dial, watchListening } = members;
  return {
    ...members,
    exec: async (...call: never[]) => exposeProcess((await exec(...call)) as GuestProcess),
    dial: async (...call: never[]) => exposeConnection((await dial(...call)) as GuestConnection),
    watchListening: givesIterable(watchListening),
    // The session is everybody's.
    close: () => {},
    hello: guest.hello,
    closed: guest.closed,
  };
}

function exposeProcess(program: GuestProcess) {
  const members = expose<GuestProcess>("process", program, {
    output: nothing,
    writeStdin: args(bytes),
    endStdin: nothing,
    resize: args(whole, whole),
    signal: args(z.int().min(1).max(64)),
    close: nothing,
  });
  return { ...members, output: givesIterable(members.output), pid: program.pid, exit: program.exit };
}

function exposeConnection(connection: GuestConnection) {
  const members = expose<GuestConnection>("connection", connection, {
    read: nothing,
    write: args(bytes),
    end: nothing,
    close: nothing,
  });
  return { ...members, read: givesIterable(members.read) };
}

async function* chunks(data: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of data) yield bytes.parse(chunk);
}
