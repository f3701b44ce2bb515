import { expect, test } from "bun:test";
import { asOwner } from "./owner.ts";

test("what happens in a home happens with the owner's rights", () => {
  expect(asOwner({ uid: 5, gid: 6 }, "rmdir", "--", "/home/u/x")).toEqual([
    "setpriv",
    "--reuid=5",
    "--regid=6",
    "--clear-groups",
    "--",
    "rmdir",
    "--",
    "/home/u/x",
  ] as never);
});
