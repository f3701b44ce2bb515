import { describe, expect, test } from "bun:test";
import type { Nic } from "../../core/api/contributions.ts";
import type { NetworkDriver } from "../../core/api/drivers.ts";
import { promises, rehearse, type Place } from "../../core/engine/promises.ts";

/** What every network driver promises. */
export function networkContract(driver: NetworkDriver, where: string, newPlace: () => Promise<Place>): void {
  describe(`network driver ${driver.name} on ${where}`, () => {
    for (const [promise, keep] of Object.entries(promises)) test(promise, async () => keep(driver, newPlace));

    const nicsOf = async (vmId: string): Promise<readonly Nic[]> => {
      const place = await newPlace();
      const given = await (await rehearse(driver, { ...place, vm: { ...place.vm, id: vmId } })).perform();
      return given.flatMap(({ nics = [] }) => nics);
    };

    test("some VMM can attach what it contributes", () => {
      expect(driver.vmms.length).toBeGreaterThan(0);
    });

    test("addresses: local unicast MACs that are a VM's alone, IPv4 in CIDR form", async () => {
      const [one, two] = [await nicsOf("0123456789abcdef"), await nicsOf("fedcba9876543210")];
      for (const { mac, guest } of [...one, ...two]) {
        expect(mac).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
        expect(Number.parseInt(mac.slice(0, 2), 16) & 3).toBe(2);
        if (guest !== undefined) expect(guest.address).toMatch(/^\d+\.\d+\.\d+\.\d+\/\d+$/);
      }
      expect(new Set([...one, ...two].map(({ mac }) => mac)).size).toBe(one.length + two.length);
    });
  });
}
