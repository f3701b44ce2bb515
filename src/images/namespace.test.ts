import { expect, test } from "bun:test";
import { namespaceHint } from "./namespace.ts";

test.each([
  ['unshare: no line matching user "ann" in /etc/subuid', "--add-subuids"],
  ["newuidmap: uid range [1-65537) -> [100000-165536) not allowed", "--add-subuids"],
  ["unshare: unrecognized option '--map-auto'", "util-linux 2.38"],
  ["unshare: unshare failed: Operation not permitted", "sysctl"],
])("%s", (stderr, hint) => {
  expect(namespaceHint(stderr)).toContain(hint);
});
