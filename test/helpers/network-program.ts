/**
 * Does privileged operations in the network namespace that it is started in, for test/integration/network.test.ts: arguments are pairs
 * of a name and its arguments in JSON. Prints one JSON line for each: `{ value }` or `{ error }`, with the milliseconds that it took.
 */
import { asBangerError } from "../../src/core/api/errors.ts";
import { createHost } from "../../src/host/index.ts";
import { inProcess } from "../../src/host/privileged/index.ts";

const [, , ...words] = process.argv;
const host = createHost({ env: process.env });
const perform = inProcess({
  host,
  principal: { uid: process.getuid!(), gid: process.getgid!(), stateDir: "/nowhere", runtimeDir: "/nowhere" },
});
for (let at = 0; at < words.length; at += 2) {
  const began = performance.now();
  const answer = await perform(words[at]!, JSON.parse(words[at + 1]!)).then(
    (value) => ({ value }),
    (thrown: unknown) => ({ error: asBangerError(thrown) }),
  );
  console.log(JSON.stringify({ ...answer, ms: performance.now() - began }));
}
