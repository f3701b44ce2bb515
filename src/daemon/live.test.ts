import { expect, test } from "bun:test";
import { eventually } from "../../test/helpers/eventually.ts";
import type { RunningVmm } from "../core/api/drivers.ts";
import type { Guest } from "../core/api/guest.ts";
import type { Cast } from "../core/engine/boot.ts";
import { LiveVm } from "./live.ts";

/** As much of a session as LiveVm sees. */
function session(): Guest & { lose(): void } {
  const { promise: closed, resolve } = Promise.withResolvers<Error>();
  const lose = (): void => resolve(new Error("lost"));
  return { hello: { bootId: "boot" }, closed, close: lose, lose } as unknown as Guest & { lose(): void };
}

function live(first: Guest | null, connect: () => Promise<Guest>): { vm: LiveVm; told: Guest[] } {
  const vm = new LiveVm({} as RunningVmm, [], {} as Cast, connect, first);
  const told: Guest[] = [];
  vm.onSession = (guest) => void told.push(guest);
  return { vm, told };
}

test("a session that is lost is opened anew without being asked for, and told; the first one is not", async () => {
  const [first, second] = [session(), session()];
  const { vm, told } = live(first, async () => second);
  expect(await vm.guest()).toBe(first);
  expect(told).toEqual([]);
  first.lose();
  await eventually(() => told.length === 1);
  expect(told).toEqual([second]);
  expect(await vm.guest()).toBe(second);
  vm.release();
});

test("who asks for a session meanwhile gets the same one", async () => {
  const first = session();
  let opened = 0;
  const { vm, told } = live(first, async () => (opened++, session()));
  first.lose();
  await first.closed;
  const [one, two] = await Promise.all([vm.guest(), vm.guest()]);
  expect(one).toBe(two);
  await Bun.sleep(1200);
  expect([opened, told.length]).toEqual([1, 1]);
  vm.release();
});

test("none is opened once the VM is let go of", async () => {
  const first = session();
  let opened = 0;
  const { vm } = live(first, async () => (opened++, session()));
  vm.release();
  await Bun.sleep(1200);
  expect(opened).toBe(0);
});
