import { describe, expect, test } from "bun:test";
import { failure } from "../../test/helpers/failure.ts";
import { parseManifest } from "./manifest.ts";

const least = { name: "hello", api: "^0.1.0" };
const parse = (value: unknown, path = "/p/hello.json") => parseManifest(JSON.stringify(value), path, "hello");

test("the least that there is, and what it means", () => {
  expect(parse(least)).toEqual({
    ...least,
    summary: "",
    default: "on",
    flags: {},
    privileged: [],
    after: [],
    requires: [],
    conflicts: [],
  });
});

test("a folder's is in its package.json", () => {
  expect(parse({ name: "x", banger: least }, "/p/hello/package.json").name).toBe("hello");
  expect(() => parse({ name: "x" }, "/p/hello/package.json")).toThrow('has no "banger" with its manifest');
});

describe("refused", () => {
  test.each([
    [{ ...least, api: "" }, "api: must be a semver range"],
    [{ ...least, api: "*" }, "api: must be a semver range"],
    [{ ...least, api: ">=0.0.1 <0.1.0" }, "it is made for version >=0.0.1 <0.1.0 of the plugin interface"],
    [{ ...least, name: "Hello" }, "name: must be 1 to 40"],
    [{ ...least, name: "other" }, "its manifest has another name, other"],
    [{ ...least, privileged: ["rm.rf"] }, "privileged.0: Invalid option"],
    [{ ...least, flags: { "a b": { type: "string", help: "x", key: "k" } } }, "flags.a b: "],
    [
      { ...least, flags: { word: { type: "string", help: "x\u001b[2J", key: "k" } } },
      "flags.word.help: must be one line",
    ],
    [{ ...least, more: 1 }, 'Unrecognized key: "more"'],
    [7, "Invalid input"],
  ])("%p: %s", async (value, why) => {
    const error = await failure(Promise.try(parse, value));
    expect(error).toMatchObject({ code: "PLUGIN_REFUSED", message: expect.stringContaining(why) });
  });
});
