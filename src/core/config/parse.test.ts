import { expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { BangerError } from "../api/errors.ts";
import type { StandardSchema } from "../api/schema.ts";
import { parseConfig } from "./parse.ts";
import type { ConfigSections } from "./schema.ts";

/** A schema of no library that we know, which answers later, as one in another process does. */
const foreign: StandardSchema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: async (value) => {
      const { port = 1 } = value as { port?: unknown };
      return typeof port === "number"
        ? { value: { port } }
        : { issues: [{ message: "must be a port", path: [{ key: "port" }] }] };
    },
  },
};

const sections: ConfigSections = {
  vmm: {
    qemu: z.strictObject({
      binary: z.string().min(1).optional(),
      accel: z.enum(["auto", "kvm", "tcg"]).default("auto"),
    }),
  },
  storage: { overlay: z.strictObject({}) },
  network: { user: z.strictObject({}), none: z.strictObject({}) },
  capabilities: { workdisk: z.strictObject({ enabled: z.boolean().default(true) }), foreign },
};

const parse = async (text: string) => parseConfig(text, "/home/ann/.config/banger/config.toml", sections);

async function errors(text: string): Promise<readonly string[]> {
  try {
    await parse(text);
  } catch (error) {
    if (error instanceof BangerError && error.code === "CONFIG_INVALID") return error.detail;
    throw error;
  }
  return [];
}

test("the empty text is the configuration with all defaults", async () => {
  expect(await parse("")).toEqual({
    logLevel: "info",
    defaultImage: "debian-bookworm",
    vmDefaults: {},
    vmm: { driver: "auto", options: { qemu: { accel: "auto" } }, shared: {} },
    storage: { driver: "overlay", options: { overlay: {} }, shared: {} },
    network: { driver: "user", options: { user: {}, none: {} }, shared: { guest_to_guest: false } },
    capabilities: { workdisk: { enabled: true }, foreign: { port: 1 } },
    written: { vmm: {}, storage: {}, network: {}, capabilities: {} },
  });
});

test("every key, with a byte order mark and Windows line ends", async () => {
  const config = await parse(
    "\uFEFFlog_level = 'debug' # loud\r\ndefault_image = \"mine\"\r\n[vm_defaults]\r\nvcpu = 2\r\nmemory_mib = 1024\r\ndisk_size = '1.5g'\r\n" +
      "[vmm]\r\ndriver = 'qemu'\r\nqemu.accel = 'tcg'\r\n[network]\r\ndriver = 'none'\r\n[capabilities.foreign]\r\nport = 7\r\n",
  );
  expect(config.vmDefaults).toEqual({ vcpu: 2, memoryMiB: 1024, diskBytes: 1.5 * 2 ** 30 });
  expect(config).toMatchObject({
    logLevel: "debug",
    defaultImage: "mine",
    vmm: { driver: "qemu", options: { qemu: { accel: "tcg" } } },
  });
  expect(config.written).toEqual({
    vmm: { qemu: { accel: "tcg" } },
    storage: {},
    network: {},
    capabilities: { foreign: { port: 7 } },
  });
  expect(config).toMatchObject({ network: { driver: "none" }, capabilities: { foreign: { port: 7 } } });
});

test("all errors at once, in the order of their lines, path first", async () => {
  const text = `log_level = "loud"
default_image = ""
[capabilities]
workdisk = { enabled = "yes" }
wrkdisk.enabled = true
[capabilities.foreign]
port = 2020-01-01
[storage.overlay]
size = 1
[vmm]
driver = "qmeu"
qemu.accel = "xen"
[vm_defaults]
memory_mib = 1
vcpu = 33
memroy_mib = """
64"""
disk_size = "1x"
`;
  expect(await errors(text)).toEqual([
    'log_level: must be "error", "warn", "info" or "debug", got "loud" (config.toml:1)',
    "default_image: must not be empty (config.toml:2)",
    'capabilities.workdisk.enabled: must be true or false, got "yes" (config.toml:4)',
    "capabilities.wrkdisk: unknown key, did you mean workdisk? (config.toml:5)",
    'capabilities.foreign.port: must be a port, got "2020-01-01" (config.toml:7)',
    "storage.overlay.size: unknown key, there are none here (config.toml:9)",
    'vmm.driver: must be "auto" or "qemu", got "qmeu" (did you mean "qemu"?) (config.toml:11)',
    'vmm.qemu.accel: must be "auto", "kvm" or "tcg", got "xen" (config.toml:12)',
    "vm_defaults.memory_mib: must be ≥ 128, got 1 (config.toml:14)",
    "vm_defaults.vcpu: must be ≤ 32, got 33 (config.toml:15)",
    "vm_defaults.memroy_mib: unknown key, did you mean memory_mib? (config.toml:16)",
    'vm_defaults.disk_size: must be a size like 8G, got "1x" (config.toml:18)',
  ]);
});

test("wrong kinds and unknown keys anywhere", async () => {
  expect(await errors("vmm = 3")).toEqual(["vmm: must be a table, got 3 (config.toml:1)"]);
  expect(await errors("\n[[vm_defaults]]\nvcpu = 1")).toEqual([
    "vm_defaults: must be a table, got an array (config.toml:2)",
  ]);
  expect(await errors("[vm_defaults]\nvcpu = 1.5\ndisk_size = 8")).toEqual([
    "vm_defaults.vcpu: must be a whole number, got 1.5 (config.toml:2)",
    "vm_defaults.disk_size: must be text in quotes, got 8 (config.toml:3)",
  ]);
  expect(await errors("[vm_defaults]\ndisk_size = '100M'")).toEqual([
    'vm_defaults.disk_size: must be from 1G to 8T, got "100M" (config.toml:2)',
  ]);
  expect((await errors("[vm_defaults.__proto__]\nvcpu = 1"))[0]).toStartWith(
    "vm_defaults.__proto__: unknown key, there are vcpu,",
  );
  expect((await errors('"a\\nb" = 1'))[0]).toStartWith('"a\\nb": unknown key');
  expect((await errors(`log_level = "${"x".repeat(1000)}"`))[0]!.length).toBeLessThan(150);
});

test("a syntax error is one line, counted from 1", async () => {
  expect(await errors("a = 1\n\nb = \n")).toEqual([
    "unexpected character, expecting string, number, datetime, boolean, inline array or inline table (config.toml:3)",
  ]);
  expect(await errors("log_level = 'info'\nlog_level = 'info'")).toEqual([
    "can't redefine existing key (config.toml:2)",
  ]);
});

test("whatever the text, it is a configuration or a list of errors of one line each", async () => {
  const line = fc.oneof(
    fc.constantFrom(
      "[vm_defaults]",
      "[vmm.qemu]",
      "vcpu = 1",
      "accel = 'kvm'",
      "x = {a = [1, {}]}",
      "[[vmm]]",
      "log_level = 1",
      "[capabilities]",
    ),
    fc.string({ maxLength: 12 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
      for (const error of await errors(lines.join("\n"))) expect(error).toMatch(/^[^\n]+ \(config\.toml:\d+\)$/);
    }),
  );
});

test("whatever a section's own schema does, the error has the section's name and line", async () => {
  const of = (validate: StandardSchema["~standard"]["validate"]): Promise<string> => {
    const odd: StandardSchema = { "~standard": { version: 1, vendor: "test", validate } };
    const text = 'log_level = "info"\n[capabilities.odd]\nx = 1\n';
    return parseConfig(text, "/c/config.toml", { ...sections, capabilities: { odd } }).then(
      (config) => JSON.stringify(config.capabilities),
      (error: BangerError) => error.detail.join("\n"),
    );
  };
  expect(await of(() => ({ value: { x: 1, y: undefined } }))).toBe('{"odd":{"x":1}}');
  expect(await of(() => Promise.reject(new Error("gone")))).toBe(
    "capabilities.odd: cannot be checked: odd failed at its schema: gone (config.toml:2)",
  );
  expect(await of(() => ({ value: { at: new Date(0) } }))).toContain(
    "capabilities.odd: cannot be checked: odd gives settings that cannot be used: at is an object of class Date, not JSON",
  );
  expect(await of(() => ({ issues: [{ message: "must not be 1", path: ["x"] }, { message: "is no good" }] }))).toBe(
    "capabilities.odd: is no good (config.toml:2)\ncapabilities.odd.x: must not be 1, got 1 (config.toml:3)",
  );
  expect(await of(() => ({ issues: [{ message: "must be given", path: ["y"] }] }))).toBe(
    "capabilities.odd.y: must be given (config.toml:2)",
  );
});
