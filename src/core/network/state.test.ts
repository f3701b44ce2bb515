import { expect, test } from "bun:test";
import { parseNetworkState } from "./state.ts";

test("interfaces and routes as ip prints them", () => {
  const links = [
    {},
    {
      ifname: "lo",
      addr_info: [
        { family: "inet", local: "127.0.0.1", prefixlen: 8 },
        { family: "inet6", local: "::1" },
      ],
    },
    { ifname: "br-fc", ifalias: "banger", linkinfo: { info_kind: "bridge" }, addr_info: [] },
    { ifname: "bt-1", master: "br-fc", linkinfo: { info_kind: "tun" } },
  ];
  const routes = [
    { dst: "default", gateway: "10.0.0.1", dev: "eth0" },
    { dst: "10.9.0.0/16", nexthops: [{ dev: "eth1" }, { dev: "eth2" }] },
  ];
  expect(parseNetworkState(`${JSON.stringify(links)}\n${JSON.stringify(routes)}\n`)).toEqual({
    links: [
      { name: "lo", alias: "", kind: "", master: "", addresses: ["127.0.0.1/8"] },
      { name: "br-fc", alias: "banger", kind: "bridge", master: "", addresses: [] },
      { name: "bt-1", alias: "", kind: "tun", master: "br-fc", addresses: [] },
    ],
    routes: [
      { to: "default", devices: ["eth0"] },
      { to: "10.9.0.0/16", devices: ["eth1", "eth2"] },
    ],
  });
  expect(parseNetworkState("")).toEqual({ links: [], routes: [] });
});
