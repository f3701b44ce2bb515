import { describe, expect, test } from "bun:test";
import type { StorageDriver } from "../../core/api/drivers.ts";
import { mergeContributions } from "../../core/engine/merge.ts";
import { promises, rehearse, type Place } from "../../core/engine/promises.ts";

/** What every storage driver promises. */
export function storageContract(driver: StorageDriver, where: string, newPlace: () => Promise<Place>): void {
  describe(`storage driver ${driver.name} on ${where}`, () => {
    for (const [promise, keep] of Object.entries(promises)) test(promise, async () => keep(driver, newPlace));

    test("one root, on drives of its own; what is written is the VM's, what is shared is read-only", async () => {
      const place = await newPlace();
      const given = await (await rehearse(driver, place)).perform();
      const channel = { by: "c", value: { channel: { name: "c" } } };
      const { drives } = mergeContributions([...given.map((value) => ({ by: driver.name, value })), channel]);
      expect(drives.length).toBeGreaterThan(0);
      for (const { path, readonly } of drives) expect(path.startsWith(`${place.vm.stateDir}/`)).toBe(!readonly);
    });

    test("a disk has the VM's size, is kept by the next start, and grows but never shrinks", async () => {
      const place = await newPlace();
      const rehearsal = await rehearse(driver, place);
      const drives = (await rehearsal.perform()).flatMap((given) => given.drives ?? []);
      const sizes = drives
        .filter(({ readonly }) => !readonly)
        .map(
          ({ path }) =>
            () =>
              place.sizeOf(path),
        );
      const { diskBytes } = place.vm;
      expect(sizes.map((size) => size())).toEqual(sizes.map(() => diskBytes));
      await rehearsal.resized(diskBytes * 2).perform();
      await rehearsal.perform();
      expect(sizes.map((size) => size())).toEqual(sizes.map(() => diskBytes * 2));
    });
  });
}
