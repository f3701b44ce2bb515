import { expect, test } from "bun:test";
import { BangerError } from "../api/errors.ts";
import type { ExecRequest, ExitStatus, Guest } from "../api/guest.ts";
import { failure } from "../../../test/helpers/failure.ts";
import { settleGuest } from "./settle-guest.ts";

const never = new AbortController().signal;

/** A guest that writes down what is asked of it, whose programs print such lines and end so. */
function guestThat(status: ExitStatus | null = { code: 0 }, printed = ""): { guest: Guest; calls: unknown[] } {
  const calls: unknown[] = [];
  const guest = {
    async writeFile(path: string, data: AsyncIterable<Uint8Array>, options: object) {
      calls.push([path, Buffer.concat(await Array.fromAsync(data)).toString(), options]);
    },
    async exec(request: ExecRequest, signal: AbortSignal) {
      calls.push(request);
      const { promise, reject } = Promise.withResolvers<ExitStatus>();
      signal.addEventListener("abort", () => reject(new BangerError("CANCELLED", "hung up")));
      promise.catch(() => {});
      async function* output() {
        yield { stream: "stdout", data: Buffer.from(printed) };
      }
      return { output, exit: status === null ? promise : Promise.resolve(status) };
    },
  };
  return { guest: guest as unknown as Guest, calls };
}

const command = { argv: ["make", "ready"], env: { A: "1" } };
const one = [{ by: "capability/x", secrets: [], commands: [command] }];

test("everyone's secrets come before anyone's command", async () => {
  const { guest, calls } = guestThat();
  const secrets = [{ path: "/run/s", mode: 0o400, uid: 3, content: "aGk=", encoding: "base64" as const, secret: true }];
  await settleGuest(
    guest,
    [...one, { by: "capability/y", secrets, commands: [{ argv: ["true"], timeoutMs: 5 }] }],
    never,
  );
  const options = { mode: 0o400, uid: 3, gid: 0, makeParents: true };
  expect(calls).toEqual([["/run/s", "hi", options], command, { argv: ["true"] }]);
});

test.each([
  [{ code: 3 }, "it exited 3"],
  [{ signal: 9 }, "signal 9 ended it"],
] as const)("a command that ends with %p fails by its participant's name, with its last lines", async (status, how) => {
  const { guest } = guestThat(status, `${"first\n".repeat(50)}the \x1b[31mend\n`);
  const error = await failure(settleGuest(guest, one, never));
  expect(error).toMatchObject({
    code: "CAPABILITY_FAILED",
    message: `capability/x failed at its command make ready: ${how}`,
  });
  expect(error.detail).toHaveLength(10);
  expect(error.detail.at(-1)).toBe("the end");
});

test("a command has its time; one that is cancelled is nobody's fault", async () => {
  const { guest } = guestThat(null);
  const slow = [{ ...one[0]!, commands: [{ ...command, timeoutMs: 5 }] }];
  expect((await failure(settleGuest(guest, slow, never))).message).toEndWith("it did not end within 0.005 s");
  const stop = AbortSignal.abort(new BangerError("CANCELLED", "Ctrl-C"));
  expect(await failure(settleGuest(guest, one, stop))).toMatchObject({ code: "CANCELLED" });
});
