import { expect, test } from "bun:test";
import { uplinksOf } from "./uplinks.ts";

test("the interfaces of default routes, and of halves of the world; none of ours, none with an odd name", () => {
  const links = [{ name: "br-fc", alias: "banger", kind: "bridge", master: "", addresses: [] }];
  const routes = [
    { to: "default", devices: ["wlan0", "eth0"] },
    { to: "default", devices: ["eth0"] },
    { to: "0.0.0.0/1", devices: ["tun0"] },
    { to: "10.0.0.0/8", devices: ["eth9"] },
    { to: "default", devices: ["br-fc"] },
    { to: "default", devices: ['a"; drop'] },
  ];
  expect(uplinksOf({ links, routes })).toEqual(["eth0", "tun0", "wlan0"]);
});
