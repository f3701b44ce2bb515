import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import type { Machine, RunningVmm, VmmDriver } from "../../core/api/drivers.ts";
import { presetConfig, rehearse, type Place } from "../../core/engine/promises.ts";
import type { Rehearsal } from "../../core/engine/rehearsal.ts";

/** A VM that a guest with banger's agent can be booted in. */
export interface GuestPlace extends Place {
  readonly machine: Machine;
  /** Resolves when the agent has answered on the channel. */
  answer(running: RunningVmm): Promise<void>;
  /** The same machine with an initramfs in which the agent finds no configuration: it says so on the console and gives up. */
  withoutConfiguration(): Promise<Machine>;
}

/** Milliseconds for a boot in emulation on a busy machine. */
const bootMs = 120_000;

/** What every VMM driver promises, tried with real guests. */
export function vmmContract(
  driver: VmmDriver,
  where: string,
  newPlace: (driver: VmmDriver) => Promise<GuestPlace>,
): void {
  describe(`VMM driver ${driver.name} on ${where}`, () => {
    const rehearsals: Rehearsal[] = [];
    afterEach(async () => {
      for (const rehearsal of rehearsals.splice(0)) await rehearsal.undo();
    });
    const begin = async (): Promise<{ place: GuestPlace; rehearsal: Rehearsal }> => {
      const place = await newPlace(driver);
      const rehearsal = await rehearse(driver, place);
      rehearsals.push(rehearsal);
      return { place, rehearsal };
    };
    const boot = async () => {
      const { place, rehearsal } = await begin();
      return { place, rehearsal, running: await driver.boot(rehearsal.ctx(), place.machine) };
    };
    const sockets = ({ vm, files }: GuestPlace): readonly string[] =>
      files().filter((path) => path.startsWith(vm.runtimeDir) && path.endsWith(".sock"));

    test("says whether and how it can boot here", async () => {
      const { host } = await newPlace(driver);
      const probe = await driver.probe(host, await presetConfig(driver));
      expect(probe).toMatchObject({ usable: true, accel: (await host.kvm()).usable ? "kvm" : "tcg" });
      expect(probe.version).toMatch(/^\d+\./);
    });

    test("names of drives are the guest's and no two are equal; the channel is one that the agent knows", () => {
      const drives = ["base", "root", "a-b"].map((id) => ({ id, path: "/x", readonly: false }));
      const names = drives.map((drive, index) => driver.deviceName(drive, index));
      expect(names.filter((name) => /^(serial:[a-z0-9-]{1,20}|\/dev\/[a-z0-9]+)$/.test(name))).toEqual(names);
      expect(new Set(names).size).toBe(3);
      expect(driver.guestChannel({ name: "banger" })).toMatch(/^(virtio-serial:banger|vsock:\d+)$/);
    });

    test(
      "boots a guest whose agent answers; adopts it; kills it, twice",
      async () => {
        const { place, rehearsal, running } = await boot();
        const { host } = place;
        await place.answer(running);
        expect(JSON.parse(JSON.stringify(running))).toEqual(running);
        expect(await driver.adopt(host, rehearsal.effects)).toEqual(running);
        if (driver.stats !== undefined) expect(await driver.stats(host, running)).toMatchObject({ status: "running" });

        const changed = (more: object) =>
          rehearsal.effects.map((effect) => ({
            ...effect,
            result: { ...running, process: { ...running.process, ...more } },
          }));
        expect(await driver.adopt(host, changed({ startTime: running.process.startTime + 1 }))).toBeNull();
        expect(await driver.adopt(host, changed({ marker: "another" }))).toBeNull();
        expect(await driver.adopt(host, changed({ pid: process.pid }))).toBeNull();
        expect(await driver.adopt(host, [])).toBeNull();

        for (let round = 0; round < 2; round++) {
          await rehearsal.undo();
          expect(await host.isAlive(running.process)).toBe(false);
          expect(sockets(place)).toEqual([]);
          expect(await driver.adopt(host, rehearsal.effects)).toBeNull();
        }
      },
      bootMs,
    );

    test(
      "a run that was never marked done is found by what was journaled before it began",
      async () => {
        const { place, rehearsal, running } = await boot();
        const bystander = await boot();
        expect(
          await driver.adopt(
            place.host,
            rehearsal.effects.map((effect) => ({ ...effect, done: false, result: null })),
          ),
        ).toBeNull();
        for (let round = 0; round < 2; round++) await rehearsal.undo({ forgetResults: true });
        expect(await place.host.isAlive(running.process)).toBe(false);
        expect(sockets(place)).toEqual([]);
        expect(await place.host.isAlive(bystander.running.process)).toBe(true);
      },
      bootMs,
    );

    test("a machine that cannot be started says why, at once, and leaves no process", async () => {
      const { place, rehearsal } = await begin();
      const began = performance.now();
      const failure = await driver
        .boot(rehearsal.ctx(), { ...place.machine, vmlinux: "/no/such/vmlinux" })
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: "VMM_FAILED",
        message: expect.stringContaining("/no/such/vmlinux") as string,
      });
      expect(performance.now() - began).toBeLessThan(5000);
      expect(rehearsal.effects).toMatchObject([{ done: false }]);
      for (const { args } of rehearsal.effects)
        expect(await place.host.findProcesses(args["marker"] as string)).toEqual([]);
      for (let round = 0; round < 2; round++) await rehearsal.undo();
      expect(sockets(place)).toEqual([]);
    });

    test("a start that is cancelled can be undone at any moment", async () => {
      for (const ms of [0, 5, 40]) {
        const { place, rehearsal } = await begin();
        const cancelled = await driver.boot(rehearsal.ctx(AbortSignal.timeout(ms)), place.machine).then(
          () => null,
          (error: unknown) => error,
        );
        if (cancelled !== null) expect(cancelled).toMatchObject({ name: "TimeoutError" });
        await rehearsal.undo();
        for (const { args } of rehearsal.effects)
          expect(await place.host.findProcesses(args["marker"] as string)).toEqual([]);
      }
    });

    test(
      "a guest that gives up ends the VMM, and its last words are on the console",
      async () => {
        const { place, rehearsal } = await begin();
        const running = await driver.boot(rehearsal.ctx(), await place.withoutConfiguration());
        await place.host.waitExit(running.process, AbortSignal.timeout(bootMs));
        expect(readFileSync(running.consolePath, "utf8")).toContain("banger: /banger/config");
        expect(existsSync(running.logPath)).toBe(true);
      },
      bootMs,
    );
  });
}
