import { expect, test } from "bun:test";
import { asOwner, parsePasswd } from "./owner.ts";

test("a line of the password file", () => {
  expect(parsePasswd("u:x:1000:1001:U,,,:/home/u/:/bin/sh\n")).toEqual({
    name: "u",
    uid: 1000,
    gid: 1001,
    home: "/home/u",
  });
  for (const line of ["", "u", "u:x:a:1::/home/u:", "u:x:1::: :", "u:x:1:1::home:"])
    expect(parsePasswd(line)).toBeNull();
});

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
