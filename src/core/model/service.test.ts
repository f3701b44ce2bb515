import { expect, test } from "bun:test";
import { formatService, parseService, servicePaths, type Service } from "./service.ts";

const service: Service = {
  version: "1.2.3+g0123",
  owner: "u",
  uid: 1000,
  gid: 1001,
  home: '/home/a "quoted" name',
  binary: "/usr/local/lib/banger/banger",
  stateDir: "/var/lib/banger",
  cacheDir: "/var/cache/banger",
  runtimeDir: "/run/banger",
  helperSocket: "/run/banger-root/helper.sock",
  made: ["/home/u/.local"],
};
const text = formatService(service);

test("what was written is read", () => {
  expect(parseService(text)).toEqual(service);
});

test.each([
  ["a line less", text.replace(/uid = .*\n/, ""), "uid"],
  ["a line more", `${text}more = 1\n`, "more"],
  ["root as owner", text.replace("uid = 1000", "uid = 0"), "uid"],
  ["an owner that is no name", text.replace('owner = "u"', 'owner = "-u x"'), "owner"],
  ["a relative path", text.replace('"/run/banger"', '"run/banger"'), "runtime_dir"],
  ["a path upwards", text.replace('"/run/banger"', '"/run/../etc"'), "runtime_dir"],
  ["the root", text.replace('"/var/lib/banger"', '"/"'), "state_dir"],
  ["a line end in a path", text.replace('"/run/banger"', '"/run/a\\nb"'), "runtime_dir"],
  ["a number for a path", text.replace('"/run/banger"', "7"), "runtime_dir"],
  ["no TOML", "owner is u", "TOML"],
  ["nothing", "", "version"],
])("%s is refused", (_, changed, word) => {
  expect(() => parseService(changed)).toThrow(
    expect.objectContaining({ code: "INSTALL_RECORD", message: expect.stringContaining(word) }),
  );
});

test("what could not be read is not written", () => {
  expect(() => formatService({ ...service, home: "relative" })).toThrow();
});

test("configuration and keys are in the owner's home, all else is the host's", () => {
  const paths = servicePaths({ ...service, home: "/home/u" });
  expect(paths).toMatchObject({
    configFile: "/home/u/.config/banger/config.toml",
    sshDir: "/home/u/.local/state/banger/ssh",
    database: "/var/lib/banger/state.db",
    socket: "/run/banger/daemon.sock",
    service: { owner: "u" },
  });
});
