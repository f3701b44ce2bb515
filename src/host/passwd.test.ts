import { expect, test } from "bun:test";
import { parsePasswd } from "./passwd.ts";

test("a line of the password file", () => {
  const u = { name: "u", uid: 1000, gid: 1001, home: "/home/u" };
  expect(parsePasswd("u:x:1000:1001:U,,,:/home/u/:/bin/sh\n")).toEqual(u);
  for (const line of ["", "u", "u:x:a:1::/home/u:", "u:x:1::: :", "u:x:1:1::home:"])
    expect(parsePasswd(line)).toBeNull();
});
