import { expect, test } from "bun:test";
import { acquireSettings, guestSettings } from "./settings.ts";

const dump = `APT "";
APT::Architecture "amd64";
Acquire "";
Acquire::AllowInsecureRepositories "0";
Acquire::http "";
Acquire::http::Proxy "http://user:secret@proxy.example:3128/";
Acquire::https::CaInfo "/etc/ssl/ours.pem";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
Acquire::IndexTargets::deb::DEP-11::MetaKey "x";
Acquire::Languages "none";
DPkg::Post-Invoke:: "rm -rf /";
`;

test("a build gets the host's ways of fetching, and nothing else", () => {
  expect(acquireSettings(dump).trim().split("\n")).toEqual([
    'Acquire::http::Proxy "http://user:secret@proxy.example:3128/";',
    'Acquire::https::CaInfo "/etc/ssl/ours.pem";',
    'Acquire::Retries "3";',
    'Acquire::Check-Valid-Until "false";',
  ]);
});

test("a guest gets no proxy, no password and no path of the host", () => {
  expect(guestSettings(acquireSettings(dump))).toBe('Acquire::Retries "3";\nAcquire::Check-Valid-Until "false";\n');
});
