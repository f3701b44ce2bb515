import { expect, test } from "bun:test";
import { BangerError } from "../api/errors.ts";
import type { VmRecord } from "../model/vm.ts";
import { keptReason } from "./lifecycle.ts";
import { Bench } from "./testing.ts";

const quiet = { signal: new AbortController().signal, emit: () => {}, bootTimeoutMs: 1000, keepFailed: false };
const boom = async (): Promise<never> => {
  throw new BangerError("TOOL_MISSING", "no such tool");
};

async function started(bench: Bench): Promise<{ vm: VmRecord; cast: ReturnType<Bench["cast"]> }> {
  const cast = bench.cast();
  const { vm } = await bench.lifecycle.start(bench.vm, { ...quiet, vm: bench.view, cast });
  return { vm, cast };
}

test("a start journals each change before it is made and ends in running", async () => {
  const bench = new Bench();
  const { vm } = await started(bench);
  expect(vm.state).toBe("running");
  expect(bench.calls).toEqual([
    "record engine.remove",
    "mkdir /s/0123456789abcdef",
    "record engine.remove",
    "mkdir /r/0123456789abcdef",
    "record storage/s.remove",
    "make disk",
    "record engine.remove",
    "write /r/0123456789abcdef/initrd",
    "record vmm/v.kill",
    "boot",
    "connect",
  ]);
  expect(bench.entries.every((entry) => entry.done)).toBe(true);
});

test("an orderly stop shuts the guest down, cleans up last to first and undoes the run in reverse; what is the VM's own stays", async () => {
  const bench = new Bench();
  const { vm, cast } = await started(bench);
  bench.calls.length = 0;
  const running = await cast.vmm.participant.adopt(bench.host, []);
  const stopped = await bench.lifecycle.stop(vm, { running: running!, guest: bench.guest }, cast, 1000, quiet.signal);
  expect(stopped).toMatchObject({ state: "stopped", stateReason: "", stoppedAt: 1000 });
  expect(bench.calls).toEqual([
    "shutdown",
    "cleanup capability/c",
    "cleanup storage/s",
    "undo kill",
    'undo engine {"path":"/r/0123456789abcdef/initrd"} {"token":"00000000000000000000000000000000","nics":[]}',
    'undo engine {"path":"/r/0123456789abcdef"} null',
  ]);
  expect(bench.entries.map((entry) => entry.scope)).toEqual(["vm", "vm"]);
  bench.calls.length = 0;
  await bench.lifecycle.start(stopped, { ...quiet, vm: bench.view, cast });
  expect(bench.calls).not.toContain("make disk");
});

test("a guest that does not shut down in time is killed", async () => {
  const bench = new Bench();
  const { vm, cast } = await started(bench);
  const running = await cast.vmm.participant.adopt(bench.host, []);
  const deaf = { ...bench.guest, shutdown: async () => {} } as typeof bench.guest;
  const stopped = await bench.lifecycle.stop(vm, { running: running!, guest: deaf }, cast, 5, quiet.signal);
  expect(stopped.stateReason).toStartWith("killed: it did not shut down");
  expect(bench.alive.size).toBe(0);
});

test("a failed start undoes what it had set up, says so, and leaves the VM as it was", async () => {
  const bench = new Bench();
  const cast = bench.cast({ stages: { ready: boom, guestConfig: async () => ({ channel: { name: "banger" } }) } });
  const error: BangerError = await bench.lifecycle
    .start(bench.vm, { ...quiet, vm: bench.view, cast })
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "TOOL_MISSING", state: "what was set up for otter has been undone" });
  expect(bench.entries.map((entry) => entry.scope)).toEqual(["vm", "vm"]);
  expect(bench.records.get(bench.vm.id)).toMatchObject({
    state: "created",
    stateReason: "capability/c failed at ready: no such tool",
  });
  expect(bench.alive.size).toBe(0);
});

test("a change that fails half-way is undone by its arguments alone", async () => {
  const bench = new Bench();
  const cast = bench.cast({
    stages: { prepareHost: async (ctx) => void (await ctx.effect("remove", { tap: "t0" }, boom)) },
  });
  await bench.lifecycle.start(bench.vm, { ...quiet, vm: bench.view, cast }).catch(() => {});
  expect(bench.calls).toContain('undo capability/c {"tap":"t0"} null');
});

test("--keep-failed leaves everything, and the next start clears it first", async () => {
  const bench = new Bench();
  const cast = bench.cast({ stages: { ready: boom, guestConfig: async () => ({ channel: { name: "banger" } }) } });
  const error: BangerError = await bench.lifecycle
    .start(bench.vm, { ...quiet, keepFailed: true, vm: bench.view, cast })
    .catch((thrown) => thrown);
  expect(error.state).toContain('is kept: engine remove {"path":"/s/0123456789abcdef"}');
  const kept = bench.records.get(bench.vm.id)!;
  expect(kept.state).toBe("error");
  expect(kept.stateReason).toStartWith(keptReason);
  expect(await bench.lifecycle.reconcile(kept, cast)).toBeNull();
  expect(bench.alive.size).toBe(1);
  const { vm } = await bench.lifecycle.start(kept, { ...quiet, vm: bench.view, cast: bench.cast() });
  expect(vm.state).toBe("running");
  expect(bench.calls.filter((call) => call === "undo kill")).toHaveLength(1);
});

test("a VM whose last run cannot be undone does not start beside it", async () => {
  const bench = new Bench();
  const cast = bench.cast({ stages: { ready: boom, guestConfig: async () => ({ channel: { name: "banger" } }) } });
  await bench.lifecycle.start(bench.vm, { ...quiet, keepFailed: true, vm: bench.view, cast }).catch(() => {});
  bench.participants.set("vmm/v", { ...bench.participants.get("vmm/v")!, undo: { kill: boom } });
  bench.calls.length = 0;
  const kept = bench.records.get(bench.vm.id)!;
  const error = await bench.lifecycle.start(kept, { ...quiet, vm: bench.view, cast }).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "UNDO_FAILED", message: "vmm/v could not undo kill: no such tool" });
  expect(bench.calls).not.toContain("boot");
  expect(bench.records.get(bench.vm.id)!.state).toBe("error");
});

test("what cannot be undone stays in the journal, the rest is undone, and a later try finishes", async () => {
  const bench = new Bench();
  const { vm, cast } = await started(bench);
  const storage = bench.participants.get("storage/s")!;
  const stubborn = { ...storage, undo: { remove: boom } };
  bench.participants.set("storage/s", stubborn);
  const error: BangerError = await bench.lifecycle.remove(vm, cast).catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "UNDO_FAILED", message: "storage/s could not undo remove: no such tool" });
  expect(bench.entries.map((entry) => entry.participant)).toEqual(["storage/s"]);
  expect(bench.records.get(vm.id)!.state).toBe("error");
  bench.participants.set("storage/s", storage);
  await bench.lifecycle.remove(bench.records.get(vm.id)!, cast);
  expect(bench.entries).toEqual([]);
  expect(bench.records.size).toBe(0);
});

test("after a daemon's death a living VMM is adopted, a dead one's run is undone", async () => {
  const bench = new Bench();
  const { vm, cast } = await started(bench);
  expect(await bench.lifecycle.reconcile(vm, cast)).toMatchObject({ running: { process: { pid: 7 } } });
  bench.exit(7);
  expect(await bench.lifecycle.reconcile(vm, cast)).toBeNull();
  expect(bench.records.get(vm.id)).toMatchObject({ state: "stopped" });
  expect(bench.records.get(vm.id)!.stateReason).toContain("ended while no daemon");
  expect(bench.entries.map((entry) => entry.scope)).toEqual(["vm", "vm"]);
});

test.each([
  ["starting", null, "created", "the daemon ended while it was starting"],
  ["starting", 5, "stopped", "the daemon ended while it was starting"],
  ["stopping", 5, "stopped", ""],
] as const)("a VM found %s (started %p before) becomes %s", async (state, startedAt, becomes, reason) => {
  const bench = new Bench();
  const { vm, cast } = await started(bench);
  await bench.lifecycle.reconcile({ ...vm, state, startedAt, stateReason: "" }, cast);
  expect(bench.records.get(vm.id)).toMatchObject({ state: becomes, stateReason: reason });
  expect(bench.alive.size).toBe(0);
});

test("cancelling a boot undoes it", async () => {
  const bench = new Bench();
  const abort = new AbortController();
  const cast = bench.cast({
    stages: {
      guestConfig: async () => ({ channel: { name: "banger" } }),
      ready: async () => abort.abort(new BangerError("CANCELLED", "Ctrl-C")),
    },
  });
  const more = bench.part("capability/z", "z", { stages: { ready: async () => {} } });
  const error = await bench.lifecycle
    .start(bench.vm, {
      ...quiet,
      signal: abort.signal,
      vm: bench.view,
      cast: { ...cast, parts: [...cast.parts, more] },
    })
    .catch((thrown) => thrown);
  expect(error).toMatchObject({ code: "CANCELLED", message: "Ctrl-C" });
  expect(bench.alive.size).toBe(0);
});

test("a transition that the table does not have is refused", async () => {
  const bench = new Bench();
  const { vm, cast } = await started(bench);
  expect(bench.lifecycle.start(vm, { ...quiet, vm: bench.view, cast })).rejects.toThrow(
    "otter is running: it cannot become starting now",
  );
});

test("a delete that a daemon's death cut short is finished by the next", async () => {
  const bench = new Bench();
  const { vm, cast } = await started(bench);
  const storage = bench.participants.get("storage/s")!;
  const died = new Error("killed");
  bench.participants.set("storage/s", { ...storage, undo: { remove: () => new Promise(() => {}) } });
  const half = bench.lifecycle.remove(vm, cast);
  await Promise.race([half, Bun.sleep(5).then(() => died)]);
  bench.participants.set("storage/s", storage);
  expect(await bench.lifecycle.reconcile(bench.records.get(vm.id)!, cast)).toBeNull();
  expect(bench.entries).toEqual([]);
  expect(bench.records.size).toBe(0);
});
