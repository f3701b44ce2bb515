import { describe, expect, test } from "bun:test";
import embedded from "../../imagecat/catalog.json" with { type: "json" };
import { BangerError } from "../core/api/errors.ts";
import { embeddedCatalog, parseCatalog } from "./catalog.ts";

test("the embedded catalog is sound and has the default image with its kernel", () => {
  const catalog = embeddedCatalog();
  const image = catalog.images.find(({ name }) => name === "debian-bookworm");
  expect(catalog.kernels.map(({ name }) => name)).toContain(image!.kernel);
});

describe("a catalog is refused", () => {
  const [image] = embedded.images;
  const problems = (value: unknown): readonly string[] => {
    try {
      parseCatalog(value);
    } catch (error) {
      expect((error as BangerError).code).toBe("CONFIG_INVALID");
      return (error as BangerError).detail;
    }
    return [];
  };

  test("with every problem at once, each with its path", () => {
    const broken = {
      ...image,
      name: "No Name",
      sources: [{ kind: "apt", distribution: "debian", suite: "../x", packages: [] }],
    };
    expect(problems({ ...embedded, images: [broken] }).map((line) => line.split(":")[0])).toEqual([
      "images.0.name",
      "images.0.sources.0.suite",
      "images.0.sources.0.packages",
    ]);
  });

  test.each([
    ["an unknown kind of source", { ...image, sources: [{ kind: "magic" }] }, "images.0.sources.0.kind"],
    ["an unknown key", { ...image, colour: "red" }, "images.0"],
    [
      "an option in place of a package",
      { ...image, sources: [{ ...image!.sources[0], packages: ["--hook=x"] }] },
      "images.0.sources.0.packages.0",
    ],
    ["a kernel that is not there", { ...image, kernel: "none" }, "images.0.kernel"],
  ])("for %s", (_, entry, path) => {
    expect(problems({ ...embedded, images: [entry] })[0]).toStartWith(`${path}:`);
  });

  test("for a name that is there twice", () => {
    expect(problems({ ...embedded, images: [image, image] })).toEqual([
      "images.1.name: debian-bookworm is there twice",
    ]);
  });
});
