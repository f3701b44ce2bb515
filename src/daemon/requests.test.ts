import { expect, test } from "bun:test";
import { BangerError } from "../core/api/errors.ts";
import { readBody, readExecRequest } from "./requests.ts";

test("a body of the right shape is what the API says", () => {
  expect(readBody("create", { name: "a", vcpu: 2, lease: true, env: { A: "1" } })).toEqual({
    name: "a",
    vcpu: 2,
    lease: true,
    env: { A: "1" },
  });
  expect(readBody("start", undefined)).toEqual({});
  expect(readExecRequest(new TextEncoder().encode('{"argv":["a b","","$x"]}'))).toEqual({ argv: ["a b", "", "$x"] });
});

test.each([
  ["create", { vcpu: 0 }, "vcpu"],
  ["create", { memory: 1 }, "memory"],
  ["create", { env: { "A=B": "1" } }, "env"],
  ["create", { workdir: "relative" }, "workdir"],
  ["stop", { timeoutMs: -1 }, "timeoutMs"],
  ["kill", { signal: "STOP" }, "signal"],
  ["wait", { for: "ever" }, "for"],
  ["exec", { argv: ["a\0b"] }, "argv.0"],
  ["exec", { argv: ["a"], terminal: { rows: 1 } }, "terminal"],
] as const)("a %s request with %j is refused and says where", (kind, body, where) => {
  try {
    readBody(kind, body);
    expect.unreachable();
  } catch (thrown) {
    expect((thrown as BangerError).code).toBe("BAD_REQUEST");
    expect((thrown as BangerError).detail.join()).toContain(where);
  }
});

test("an exec request that is no JSON is refused", () => {
  expect(() => readExecRequest(Uint8Array.of(0xff, 0x7b))).toThrow("not JSON");
});
