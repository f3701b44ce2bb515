import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { failure } from "../../../test/helpers/failure.ts";
import { resolverOperations } from "../../core/privileged/resolver.ts";
import { FakeHost } from "../fake-host.ts";
import { execute } from "./index.ts";

const ours = { ifname: "br-fc", ifalias: "banger", linkinfo: { info_kind: "bridge" } };

/** A host with these interfaces; resolvectl ends with the code. */
function hostWith(links: readonly object[], { code = 0, resolvectl = true } = {}): FakeHost {
  return new FakeHost({
    which: (program) => (program === "resolvectl" && !resolvectl ? null : `/usr/bin/${program}`),
    run: ([program]) => (program === "ip" ? { stdout: `${JSON.stringify(links)}\n[]\n` } : { code }),
  });
}

const ctxOf = (host: FakeHost) => ({ host, principal: { uid: 1000, gid: 1000, stateDir: "/x", runtimeDir: "/y" } });
const ran = (host: FakeHost) =>
  host
    .callsOf("run")
    .map(([argv]) => (argv as string[]).join(" "))
    .filter((line) => line.startsWith("resolvectl"));

test("names below .vm are asked of 127.0.0.1, as a setting of the bridge; it goes again", async () => {
  const host = hostWith([ours]);
  expect(await execute(ctxOf(host), "resolver.route", { bridge: "br-fc", port: 42_069 })).toBe(true);
  await execute(ctxOf(host), "resolver.unroute", { bridge: "br-fc" });
  expect(ran(host)).toEqual([
    "resolvectl dns br-fc 127.0.0.1:42069",
    "resolvectl domain br-fc ~vm",
    "resolvectl default-route br-fc false",
    "resolvectl revert br-fc",
  ]);
});

test("without systemd-resolved nothing is done, and that is no failure", async () => {
  for (const host of [hostWith([ours], { resolvectl: false }), hostWith([ours], { code: 1 })]) {
    expect(await execute(ctxOf(host), "resolver.route", { bridge: "br-fc", port: 42_069 })).toBe(false);
    await execute(ctxOf(host), "resolver.unroute", { bridge: "br-fc" });
  }
});

describe("what is not banger's is left alone", () => {
  const foreign = [
    { ...ours, ifalias: "" },
    { ...ours, ifalias: "mine" },
    { ...ours, linkinfo: { info_kind: "dummy" } },
  ];
  test.each(foreign)("%j", async (link) => {
    const host = hostWith([link]);
    for (const [name, args] of [
      ["resolver.route", { bridge: "br-fc", port: 42_069 }],
      ["resolver.unroute", { bridge: "br-fc" }],
    ] as const)
      expect(await failure(execute(ctxOf(host), name, args))).toMatchObject({ code: "PRIVILEGE_REFUSED" });
    expect(ran(host)).toEqual([]);
  });

  test("a bridge that is gone has nothing to take away, and nothing can be given to it", async () => {
    const host = hostWith([]);
    await execute(ctxOf(host), "resolver.unroute", { bridge: "br-fc" });
    const refused = failure(execute(ctxOf(host), "resolver.route", { bridge: "br-fc", port: 42_069 }));
    expect(await refused).toMatchObject({ code: "PRIVILEGE_REFUSED" });
    expect(ran(host)).toEqual([]);
  });
});

test("no arguments of another shape", () => {
  const route = resolverOperations["resolver.route"].schema;
  fc.assert(
    fc.property(fc.string(), fc.anything(), (bridge, port) => {
      const { success } = route.safeParse({ bridge, port });
      const isShape = /^br-[a-z0-9][a-z0-9-]{0,11}$/.test(bridge) && Number.isInteger(port) && Number(port) > 0;
      if (success) expect(isShape && (port as number) < 65_536).toBe(true);
    }),
  );
  for (const args of [
    { bridge: "br-fc", port: 42_069, server: "10.0.0.1" },
    { bridge: "br-fc", port: 42_069, domain: "~." },
    { bridge: "eth0", port: 42_069 },
    { bridge: "br-fc;reboot", port: 42_069 },
  ])
    expect(route.safeParse(args).success).toBe(false);
});
