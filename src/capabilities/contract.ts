import { describe, expect, test } from "bun:test";
import { apiVersion, type Capability } from "../core/api/capability.ts";
import { promises, presetConfig, type Place } from "../core/engine/promises.ts";

/** What every capability promises. */
export function capabilityContract(capability: Capability, where: string, newPlace: () => Promise<Place>): void {
  describe(`capability ${capability.name} on ${where}`, () => {
    for (const [promise, keep] of Object.entries(promises)) test(promise, async () => keep(capability, newPlace));

    test("its range admits this version of the interface", () => {
      expect(Bun.semver.satisfies(apiVersion, capability.api)).toBe(true);
    });

    test("it can be turned off, and each flag sets a key that its schema knows", async () => {
      const { "~standard": schema } = capability.config;
      expect(await schema.validate({ enabled: false })).toMatchObject({ value: { enabled: false } });
      const known = Object.keys((await presetConfig(capability)) as object);
      for (const { key } of Object.values(capability.flags ?? {})) expect(known).toContain(key);
    });
  });
}
