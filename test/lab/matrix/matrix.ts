import { difference, type Inventory } from "../inventory.ts";
import type { Lab } from "../lab.ts";
import { retry } from "../retry.ts";
import { casesOf, shuttingDown, type Case, type Effect, type Observed } from "./cases.ts";
import { Installed } from "./installed.ts";

/** Emulation within emulation, beside others. */
const timeout = 600_000;
const boot = ["--boot-timeout", "120s"];

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly stateReason: string;
}

export interface Tried extends Case {
  /** What was left or went wrong, a line each; nothing where all was well. */
  readonly left: readonly string[];
  readonly ms: number;
}

/** The VM that the cases happen to, one after the other. */
interface Subject extends Pick<Shown, "id"> {
  readonly name: string;
  /** It has run to the point where its data was written. */
  written: boolean;
}

/**
 * Deaths at the steps of a VM's life, on a host whose inventory is known. A boot costs most: one VM goes from case to case, and what the next
 * one needs, a start to a later step or a stop, shows that it starts again.
 */
export class Matrix {
  #count = 0;
  #subject: Subject | null = null;

  private constructor(
    readonly host: Installed,
    private readonly before: Inventory,
    readonly cases: readonly Case[],
  ) {}

  /** Installs banger, and watches one start and one stop that nobody disturbs. */
  static async on(lab: Lab): Promise<Matrix> {
    const host = await Installed.on(lab);
    const { u } = host;
    // The steps are those of a service that has just begun, as each armed one has.
    await host.arm("daemon", "record:no.step:1", "STOP");
    await u.ok(["banger", "vm", "create", "--no-start", "--nat", "--name", "probe"]);
    const start = await observe(host, ["start", ...boot, "probe"]);
    await lab.assertFirecracker((await u.json<{ pid: number }>("vm", "show", "probe")).pid);
    const effects = await host.rows<Effect>("select participant, undo, scope from journal order by seq");
    const stop = await observe(host, ["stop", "probe"]);
    await u.banger("vm", "delete", "-f", "probe");
    const observed: Observed = { effects, start, stop };
    return new Matrix(host, await lab.inventory(), casesOf(observed));
  }

  /** Lets the death happen, and says what it left when all have recovered. */
  async try(one: Case): Promise<Tried> {
    const began = performance.now();
    const left = await this.#try(one).catch((error: unknown) => [String(error)]);
    if (left.length > 0) await this.#sweep().catch((error: unknown) => left.push(String(error)));
    return { ...one, left, ms: performance.now() - began };
  }

  /** After the last case: the VM starts again and has its data, and nothing of it is left when it is deleted. */
  async end(): Promise<readonly string[]> {
    if (this.#subject !== null) await this.#run(this.#subject);
    await this.#delete();
    return difference(this.before, await this.host.lab.inventory());
  }

  async #try(one: Case): Promise<string[]> {
    const { name, id } = await this.#ready(one);
    await this.#die(one, name);
    await this.host.answered();
    const { left, gone } = await this.#settled(one, name);
    const rest = await this.host.lab.inventory();
    const own = `/var/lib/banger/vms/${id}`;
    const others = { ...rest, files: rest["files"]!.filter((path) => path !== own && !path.startsWith(`${own}/`)) };
    left.push(...difference(this.before, others));
    const undone = `select participant, undo from journal where vm_id = '${id}' and (scope = 'run' or done = 0)`;
    left.push(...(await this.host.rows<Effect>(undone)).map((row) => `+ journal ${row.participant}.${row.undo}`));
    if (gone) this.#subject = null;
    // Part of it may be gone.
    else if (one.verb === "delete") await this.#delete();
    return left;
  }

  /** The VM in the state from which the case begins. */
  async #ready({ victim, verb, once }: Case): Promise<Subject> {
    const { u } = this.host;
    if (once) await this.#delete();
    const subject = (this.#subject ??= await this.#create());
    if (verb === "start") return subject;
    // A VM at rest: of one that runs, more would be undone first.
    const atRest = victim === "daemon" && verb === "delete";
    if (atRest && subject.written) return subject;
    await this.#run(subject);
    if (atRest) await u.ok(["banger", "vm", "kill", subject.name], { timeout });
    return subject;
  }

  async #create(): Promise<Subject> {
    const name = `vm-${(this.#count += 1)}`;
    const { id } = await this.host.u.json<Shown>("vm", "create", "--no-start", "--nat", "--name", name);
    return { id, name, written: false };
  }

  /** Starts it; what it has written before is there. */
  async #run(subject: Subject): Promise<void> {
    const { u } = this.host;
    await u.ok(["banger", "vm", "start", ...boot, subject.name], { timeout });
    const data = subject.written ? "data" : "none";
    const script = "cat /srv/data 2> /dev/null || echo none; echo data > /srv/data; sync";
    const found = await u.ok(["banger", "vm", "exec", subject.name, "--", "sh", "-c", script], { timeout });
    if (found !== data) throw new Error(`the VM has ${found} where it should have ${data}`);
    subject.written = true;
  }

  async #delete(): Promise<void> {
    if (this.#subject === null) return;
    await this.host.u.ok(["banger", "vm", "delete", "-f", this.#subject.name], { timeout });
    this.#subject = null;
  }

  async #die({ victim, verb, service, at }: Case, name: string): Promise<void> {
    const { host } = this;
    const words = { start: ["start", ...boot], stop: ["stop"], kill: ["kill"], delete: ["delete", "-f"] }[verb];
    const act = () => host.u.run(["banger", "vm", ...words, name], { timeout });
    if (at === shuttingDown) {
      // Frozen, so that it does not come to its end before.
      await host.lab.ok(["sh", "-ec", "cat /sys/fs/cgroup/banger/*/cgroup.procs | xargs kill -STOP"]);
      const acting = act();
      await retry(async () => {
        if ((await this.#show(name))?.state !== "stopping") throw new Error("the stop has not begun");
      }, 60_000);
      await host.lab.ok(["sh", "-ec", "cat /sys/fs/cgroup/banger/*/cgroup.procs | xargs -r kill -KILL"]);
      await acting;
      return;
    }
    if (victim === "firecracker") {
      await host.arm(service, at, "STOP");
      await Promise.all([act(), host.strike(service)]);
      return;
    }
    await host.arm(service, at, "KILL");
    await act();
    await retry(async () => {
      if ((await host.returns(service)) === 0) throw new Error(`the ${service} has not passed the step`);
    });
  }

  /** Waits until the VM is at rest or gone; what runs on or was refused is stopped as its owner would. */
  async #settled({ victim, verb }: Case, name: string): Promise<{ left: string[]; gone: boolean }> {
    const { u } = this.host;
    const settle = (...states: readonly string[]): Promise<Shown | null> =>
      retry(async () => {
        const vm = await this.#show(name);
        if (vm !== null && !states.includes(vm.state)) throw new Error(`${name} is ${vm.state}: ${vm.stateReason}`);
        return vm;
      }, 90_000);
    const rest = ["created", "stopped", "error"];
    // The helper is not what a VM lives by.
    const vm = await settle(...rest, ...(victim === "helper" || verb === "kill" ? ["running"] : []));
    if (vm === null) return { left: verb === "delete" ? [] : ["the VM is gone"], gone: true };
    if (vm.state === "created" || vm.state === "stopped") return { left: [], gone: false };
    await u.ok(["banger", "vm", "stop", name], { timeout });
    await settle("created", "stopped");
    return { left: vm.state === "error" ? [`error: ${vm.stateReason}`] : [], gone: false };
  }

  /** Null for a VM that is gone. */
  async #show(name: string): Promise<Shown | null> {
    const vms = await this.host.u.json<(Shown & { name: string })[]>("vm", "list");
    return vms.find((vm) => vm.name === name) ?? null;
  }

  /** After a failure: what one case left is not the next one's. */
  async #sweep(): Promise<void> {
    this.#subject = null;
    await this.host.answered();
    for (const { name } of await this.host.u.json<{ name: string }[]>("vm", "list"))
      await this.host.u.ok(["banger", "vm", "delete", "-f", name], { timeout });
  }
}

async function observe(host: Installed, words: readonly string[]): Promise<readonly string[]> {
  const cursor = await host.cursor();
  await host.u.ok(["banger", "vm", ...words], { timeout });
  return host.operationsSince(cursor);
}

/** A row a step, a column a victim. Pure. */
export function table(tried: readonly Tried[], victims: readonly string[]): string {
  const steps = [...new Set(tried.map(stepOf))];
  const cell = (step: string, victim: string): string => {
    const found = tried.find((one) => stepOf(one) === step && one.victim === victim);
    return found === undefined ? "" : found.left.length === 0 ? `ok ${(found.ms / 1000).toFixed(0)}s` : "LEFT";
  };
  const width = Math.max(...steps.map((step) => step.length), 4);
  const line = (first: string, cells: readonly string[]): string =>
    `${first.padEnd(width)}  ${cells.map((text) => text.padEnd(11)).join("  ")}`.trimEnd();
  const faults = tried.flatMap((one) => one.left.map((what) => `${one.victim}, ${stepOf(one)}: ${what}`));
  return [
    line("step", victims),
    ...steps.map((step) =>
      line(
        step,
        victims.map((victim) => cell(step, victim)),
      ),
    ),
    ...faults,
  ]
    .map((text) => `${text}\n`)
    .join("");
}

export function stepOf({ verb, at }: Case): string {
  return `${verb} ${at}`;
}
