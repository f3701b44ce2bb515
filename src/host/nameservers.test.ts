import { expect, test } from "bun:test";
import { remoteNameservers } from "./nameservers.ts";

test("a local forwarder, IPv6 and nonsense are no nameservers for a guest", () => {
  const text =
    "# nameserver 10.0.0.1\nnameserver 127.0.0.53\nnameserver  192.168.1.1\nnameserver fe80::1%eth0\nnameserver 9.9.9.9 # comment\nnameserver 192.168.1.1\nnameserver x\nsearch lan\n";
  expect(remoteNameservers(text)).toEqual(["192.168.1.1", "9.9.9.9"]);
  expect(remoteNameservers("nameserver 127.0.0.1\n")).toEqual([]);
});
