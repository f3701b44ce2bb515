import { expect, test } from "bun:test";
import { z } from "zod";
import { configKeys, configSchema } from "./reference.ts";

const sections = {
  vmm: { qemu: z.strictObject({ accel: z.enum(["auto", "kvm"]).default("auto").describe("how it runs") }) },
  storage: {},
  network: {},
  capabilities: { sample: z.strictObject({ ports: z.array(z.int()).meta({ unit: "port" }) }) },
};

test("every key with type, default, unit and meaning", () => {
  const keys = configKeys(sections);
  expect(keys.map(({ key }) => key)).toEqual([
    "log_level",
    "default_image",
    "vm_defaults.vcpu",
    "vm_defaults.memory_mib",
    "vm_defaults.disk_size",
    "vmm.driver",
    "vmm.qemu.accel",
    "storage.driver",
    "network.driver",
    "network.guest_to_guest",
    "capabilities.sample.ports",
  ]);
  expect(keys[0]).toMatchObject({ type: '"error", "warn", "info", "debug"', default: '"info"', unit: "" });
  expect(keys[3]).toMatchObject({
    type: "integer",
    default: "an eighth of the host's, 512 to 8192",
    unit: "MiB",
    help: "memory of a VM",
  });
  expect(keys[6]).toEqual({
    key: "vmm.qemu.accel",
    type: '"auto", "kvm"',
    default: '"auto"',
    unit: "",
    help: "how it runs",
  });
  expect(keys.at(-1)).toMatchObject({ type: "array of integer", unit: "port" });
});

test("the schema is one that an editor can check a file with", () => {
  const schema = configSchema(sections);
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    additionalProperties: false,
  });
  expect(schema.required ?? []).toEqual([]);
});

/** The section of the capability `foreign`. */
function shownIn(schema: object): unknown {
  const { properties } = schema as { properties: { capabilities: { properties: { foreign: unknown } } } };
  return properties.capabilities.properties.foreign;
}

test("a schema of another library is shown as it says itself, or as one that takes anything", () => {
  const of = (input: () => Record<string, unknown>) => {
    const foreign = {
      "~standard": { version: 1 as const, vendor: "test", validate: () => ({ value: {} }), jsonSchema: { input } },
    };
    const withIt = { ...sections, capabilities: { foreign } };
    const keys = configKeys(withIt).filter(({ key }) => key.startsWith("capabilities"));
    return { keys, shown: shownIn(configSchema(withIt)) };
  };
  const port = { type: "integer", description: "where it listens", default: 1 };
  const said = of(() => ({ $schema: "http://json-schema.org/draft-07/schema#", type: "object", properties: { port } }));
  expect(said.shown).toEqual({ type: "object", properties: { port }, default: {} });
  expect(said.keys).toEqual([
    { key: "capabilities.foreign.port", type: "integer", default: "1", unit: "", help: "where it listens" },
  ]);
  const silent = () => {
    throw new Error("cannot be shown");
  };
  for (const input of [silent, () => ({ default: new Date(0) })]) expect(of(input).shown).toEqual({ default: {} });
});
