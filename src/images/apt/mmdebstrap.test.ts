import { expect, test } from "bun:test";
import { bootstrapArgv } from "./mmdebstrap.ts";

const common = { mmdebstrap: "/usr/bin/mmdebstrap", suite: "bookworm", target: "/w/root", settings: "/w/apt.conf" };

test("a system", () => {
  const argv = bootstrapArgv({
    ...common,
    variant: "minbase",
    packages: ["git", "curl"],
    sources: "/w/host.sources",
    keepLists: false,
  });
  expect(argv.filter((argument) => !argument.startsWith("--dpkgopt"))).toEqual([
    "/usr/bin/mmdebstrap",
    "--mode=root",
    "--format=directory",
    "--architectures=amd64",
    "--variant=minbase",
    "--verbose",
    "--aptopt=/w/apt.conf",
    "--include=git,curl",
    "bookworm",
    "/w/root",
    "/w/host.sources",
  ]);
  expect(argv).toContain("--dpkgopt=path-exclude=/usr/share/man/*");
});

test("nothing but apt's lists, from the release's own servers", () => {
  expect(
    bootstrapArgv({ ...common, variant: "custom", packages: [], sources: null, keepLists: true }).slice(4),
  ).toEqual(["--variant=custom", "--verbose", "--aptopt=/w/apt.conf", "--skip=cleanup", "bookworm", "/w/root"]);
});
