import { expect, test } from "bun:test";
import fc from "fast-check";
import { aclOfMode, decodeAcl, encodeAcl, withUser } from "./acl.ts";

test("a user is let in beside a private file's owner, and nobody else", () => {
  const acl = withUser(aclOfMode(0o600), 60_578, 4);
  expect(Buffer.from(encodeAcl(acl)).toString("hex")).toBe(
    [
      "02000000",
      "01000600ffffffff", // owner rw
      "02000400a2ec0000", // 60578 r
      "04000000ffffffff", // group -
      "10000400ffffffff", // mask r
      "20000000ffffffff", // others -
    ].join(""),
  );
});

test("taken back, the mode is what it was", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0o777 }), fc.uniqueArray(fc.nat()), (mode, users) => {
      let acl = aclOfMode(mode);
      for (const uid of users) acl = withUser(acl, uid, 6);
      expect(acl.filter(({ tag }) => tag === 2).map(({ id }) => id)).toEqual(users.toSorted((a, b) => a - b));
      for (const uid of users) acl = withUser(acl, uid, 0);
      expect(acl).toEqual(aclOfMode(mode));
    }),
  );
});

test("a list comes back from its bytes as it was", () => {
  const acl = withUser(withUser(aclOfMode(0o2770), 1, 7), 2, 4);
  expect(decodeAcl(encodeAcl(acl))).toEqual(acl);
});
