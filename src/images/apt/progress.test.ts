import { expect, test } from "bun:test";
import { aptProgress } from "./progress.ts";

const log = `I: running apt-get update...
Get:1 http://mirror.example/debian bookworm InRelease [151 kB]
Get:2 http://mirror.example/debian bookworm/main amd64 Packages [8790 kB]
Fetched 8941 kB in 1s (10.3 MB/s)
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Need to get 1,100 kB of archives.
Get:1 http://mirror.example/debian bookworm/main amd64 libc6 amd64 2.36-9 [1000 kB]
Get:2 http://mirror.example/debian bookworm/main amd64 debconf all 1.5.82 [100 kB]
Selecting previously unselected package debconf.
Unpacking debconf (1.5.82) ...
Unpacking libc6:amd64 (2.36-9) ...
Setting up libc6:amd64 (2.36-9) ...
0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.
Need to get 0 B/500 B of archives.
Setting up git (1:2.39) ...`;

test("lines become bytes while packages come, then packages", () => {
  const read = aptProgress();
  const steps = log.split("\n").flatMap((line) => read(line) ?? []);
  expect(steps).toEqual([
    { label: "package lists", done: 151_000, unit: "bytes" },
    { label: "package lists", done: 8_941_000, unit: "bytes" },
    { label: "libc6", done: 1_000_000, total: 1_100_000, unit: "bytes" },
    { label: "debconf", done: 1_100_000, total: 1_100_000, unit: "bytes" },
    { label: "unpacking debconf", done: 1, total: 2, unit: "packages" },
    { label: "unpacking libc6", done: 2, total: 2, unit: "packages" },
    { label: "setting up libc6", done: 1, total: 2, unit: "packages" },
    { label: "setting up git", done: 1, total: 1, unit: "packages" },
  ]);
});
