import type { VmmDriver } from "../api/drivers.ts";
import type { Guest } from "../api/guest.ts";
import type { Host } from "../api/host.ts";
import type { JsonObject } from "../api/json.ts";
import type { Participant, VmView } from "../api/participant.ts";
import type { VmRecord } from "../model/vm.ts";
import type { Cast } from "./boot.ts";
import type { Part } from "./effects.ts";
import { Lifecycle, type LifecycleDeps } from "./lifecycle.ts";
import type { Journal, JournalEntry, VmRepository } from "./ports.ts";

/** The engine with everything around it in memory, for unit tests: what happens is written down in `calls`. */
export class Bench {
  readonly calls: string[] = [];
  readonly alive = new Set<number>();
  readonly entries: JournalEntry[] = [];
  readonly records = new Map<string, VmRecord>();
  readonly participants = new Map<string, Participant>();
  #seq = 0;
  readonly #exits = new Map<number, () => void>();

  readonly journal: Journal = {
    record: (entry) => {
      this.calls.push(`record ${entry.participant}.${entry.undo}`);
      this.entries.push({ ...entry, seq: ++this.#seq, done: false, result: null });
      return this.#seq;
    },
    markDone: (seq, result) => this.#replace(seq, (entry) => ({ ...entry, done: true, result })),
    remove: (seq) =>
      void this.entries.splice(
        this.entries.findIndex((entry) => entry.seq === seq),
        1,
      ),
    entries: (vmId) => this.entries.filter((entry) => entry.vmId === vmId),
    vmIds: () => [...new Set(this.entries.map((entry) => entry.vmId))],
  };

  readonly vms: VmRepository = {
    list: () => [...this.records.values()],
    get: (id) => this.records.get(id) ?? null,
    insert: (vm) => void this.records.set(vm.id, vm),
    update: (vm) => void this.records.set(vm.id, vm),
    delete: (id) => void this.records.delete(id),
  };

  readonly host = {
    waitExit: ({ pid }: { pid: number }, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        if (!this.alive.has(pid)) resolve();
        this.#exits.set(pid, resolve);
        signal?.addEventListener("abort", () => reject(signal.reason as Error));
      }),
    isAlive: async ({ pid }: { pid: number }) => this.alive.has(pid),
  } as unknown as Host;

  readonly deps: LifecycleDeps = {
    journal: this.journal,
    vms: this.vms,
    host: this.host,
    privileged: Object.assign(async () => null, { available: true }),
    self: { key: "engine", config: null, participant: this.part("engine", "engine", {}).participant },
    stop: (vmId, reason) => void this.calls.push(`stop ${vmId} ${reason}`),
    find: (key) => this.participants.get(key) ?? null,
    now: () => 1000,
    placesOf: (vm) => ({ ...vm, stateDir: `/s/${vm.id}`, runtimeDir: `/r/${vm.id}` }),
    makePrivateDir: async (path) => void this.calls.push(`mkdir ${path}`),
    randomToken: () => "00".repeat(16),
    writeBootFiles: async ({ path }) => void this.calls.push(`write ${path}`),
    connect: async () => (this.calls.push("connect"), this.guest),
    lastConsoleLine: async () => "",
  };

  readonly lifecycle = new Lifecycle(this.deps);

  readonly guest = {
    hello: { agentVersion: "1", bootId: "b", uptimeMs: 1, init: true },
    shutdown: async () => {
      this.calls.push("shutdown");
      this.exit(7);
    },
    close: () => {},
  } as unknown as Guest;

  readonly vm: VmRecord = {
    id: "0123456789abcdef",
    name: "otter",
    state: "created",
    stateReason: "",
    spec: {
      image: "i",
      kernel: "k",
      vcpu: 1,
      memoryMiB: 512,
      diskBytes: 1,
      vmm: "auto",
      storage: "s",
      network: "n",
      env: {},
      capabilities: {},
      ephemeral: false,
    },
    imageDigest: "d",
    createdAt: 0,
    startedAt: null,
    stoppedAt: null,
  };

  readonly view: VmView = {
    ...this.deps.placesOf(this.vm),
    vcpu: 1,
    memoryMiB: 512,
    diskBytes: 1,
    image: { name: "i", digest: "d", rootfs: "/i" },
    kernel: { name: "k", version: "6", vmlinux: "/k", modules: "/m" },
    sshKey: "ssh-ed25519 AAAA own",
    ephemeral: false,
  };

  /** A participant whose undos (`remove` and those given) are written down. */
  part(key: string, name: string, members: Partial<Participant>): Part {
    const undo = async (ctx: { result: unknown }, args: JsonObject): Promise<void> =>
      void this.calls.push(`undo ${key} ${JSON.stringify(args)} ${JSON.stringify(ctx.result)}`);
    const participant: Participant = {
      name,
      stages: {},
      cleanup: async () => void this.calls.push(`cleanup ${key}`),
      ...members,
      undo: { remove: undo, ...members.undo },
    };
    this.participants.set(key, participant);
    return { key, participant, config: {} };
  }

  /** A storage driver with one disk of scope `vm`, a capability with the channel, and a VMM with the pid 7. */
  cast(more: Partial<Participant> = {}): Cast {
    const storage = this.part("storage/s", "s", {
      stages: {
        prepareHost: async (ctx) => {
          await ctx.effect("remove", { disk: "/s/disk" }, async () => (this.calls.push("make disk"), null), {
            scope: "vm",
          });
          return { drives: [{ id: "d", path: "/s/disk", readonly: false }], root: { kind: "disk", drive: "d" } };
        },
      },
    });
    const channel = this.part("capability/c", "c", {
      stages: { guestConfig: async () => ({ channel: { name: "banger" } }) },
      ...more,
    });
    const running = {
      process: { pid: 7, startTime: 1, marker: "m" },
      channel: { kind: "unix" as const, path: "/c" },
      accel: "tcg" as const,
    };
    const vmm = this.part("vmm/v", "v", { undo: { kill: async () => (this.calls.push("undo kill"), this.exit(7)) } });
    const driver = Object.assign(vmm.participant, {
      boot: (ctx: Parameters<VmmDriver["boot"]>[0]) =>
        ctx.effect("kill", { marker: "m" }, async () => {
          this.calls.push("boot");
          this.alive.add(7);
          return { ...running, why: "", logPath: "/l", consolePath: "/o" };
        }),
      adopt: async () => (this.alive.has(7) ? { ...running, why: "", logPath: "/l", consolePath: "/o" } : null),
    }) as unknown as VmmDriver;
    return { parts: [storage, channel], vmm: { ...vmm, participant: driver } };
  }

  exit(pid: number): void {
    this.alive.delete(pid);
    this.#exits.get(pid)?.();
  }

  #replace(seq: number, change: (entry: JournalEntry) => JournalEntry): void {
    const index = this.entries.findIndex((entry) => entry.seq === seq);
    this.entries[index] = change(this.entries[index]!);
  }
}
