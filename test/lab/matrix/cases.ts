/** Who is killed. */
export const victims = ["daemon", "helper", "firecracker"] as const;
export type Victim = (typeof victims)[number];

/** What the VM is told to do when it happens. */
export type Verb = "start" | "stop" | "kill" | "delete";

/** A process that passes steps: see BANGER_CRASH_AT. */
export type Service = "daemon" | "helper";

/** One death: a service passes a step, and the victim dies there. */
export interface Case {
  readonly victim: Victim;
  readonly verb: Verb;
  readonly service: Service;
  /** `done:capability/nat.remove:1`, or shuttingDown. */
  readonly at: string;
  /** A VM passes the step when it starts for the first time, and never again. */
  readonly once: boolean;
}

/** Not a step of a service: the guest has been told to shut down, and does not come to it. */
export const shuttingDown = "while it shuts down";

/** One effect of a VM that runs. */
export interface Effect {
  readonly participant: string;
  readonly undo: string;
  readonly scope: "run" | "vm";
}

/** What nobody disturbed did: the effects of a start in their order, and the privileged operations of a start and of a stop. */
export interface Observed {
  readonly effects: readonly Effect[];
  readonly start: readonly string[];
  readonly stop: readonly string[];
}

/** A step with the number of its occurrence: `storage/dm-snapshot.detach:2`. */
interface Counted {
  readonly step: string;
  readonly scope: Effect["scope"];
  /** Only a VM's first start passes it under this number. */
  readonly once: boolean;
}

/** Every death to be tried, in an order in which a VM can be used again. Pure. */
export function casesOf({ effects, start, stop }: Observed): readonly Case[] {
  const all = numbered(effects.map(({ participant, undo }) => `${participant}.${undo}`)).map((step, index) => ({
    step,
    scope: effects[index]!.scope,
    // Of its kind, one before it or itself is not made again, so that the count of a later start is another.
    once: effects
      .slice(0, index + 1)
      .some((one) => one.scope === "vm" && step.startsWith(`${one.participant}.${one.undo}:`)),
  }));
  const boot = all.findIndex(({ step }) => /^vmm\/[\w-]+\.kill:/.test(step));
  const later = all.slice(boot + 1);
  const starts = numbered(start);
  const launch = starts.findIndex((step) => step.startsWith("jail.start:"));
  return [
    ...all.flatMap((effect) => effectCases("daemon", "start", effect, ["record", "done"])),
    ...undoOrder(all, "run").flatMap((effect, index) =>
      effectCases("daemon", index % 2 === 0 ? "stop" : "kill", effect, ["undone", "removed"]),
    ),
    ...undoOrder(all, "vm").flatMap((effect) => effectCases("daemon", "delete", effect, ["undone", "removed"])),
    ...starts.flatMap((step) => operationCases("helper", "start", step)),
    ...numbered(stop).flatMap((step) => operationCases("helper", "stop", step)),
    ...effectCases("firecracker", "start", all[boot]!, ["done"]),
    ...later.flatMap((effect) => effectCases("firecracker", "start", effect, ["record", "done"])),
    ...operationCases("firecracker", "start", starts[launch]!).slice(1),
    ...starts.slice(launch + 1).flatMap((step) => operationCases("firecracker", "start", step)),
    { victim: "firecracker", verb: "stop", service: "daemon", at: shuttingDown, once: false },
    { victim: "firecracker", verb: "kill", service: "helper", at: "before:jail.signal:1", once: false },
    ...undoOrder(later, "run").flatMap((effect) => effectCases("firecracker", "delete", effect, ["undone", "removed"])),
    { victim: "firecracker", verb: "delete", service: "helper", at: "before:jail.signal:1", once: false },
  ];
}

/** The n-th undo of a kind is the n-th from the end. */
function undoOrder(effects: readonly Counted[], scope: Effect["scope"]): readonly Counted[] {
  const undone = effects.filter((effect) => effect.scope === scope).toReversed();
  return numbered(undone.map(({ step }) => step.slice(0, step.lastIndexOf(":")))).map((step) => ({
    step,
    scope,
    once: false,
  }));
}

function effectCases(victim: Victim, verb: Verb, { step, once }: Counted, moments: readonly string[]): readonly Case[] {
  return moments.map((moment) => ({ victim, verb, service: "daemon", at: `${moment}:${step}`, once }));
}

function operationCases(victim: Victim, verb: Verb, step: string): readonly Case[] {
  return ["before", "after"].map((moment) => ({
    victim,
    verb,
    service: "helper",
    at: `${moment}:${step}`,
    once: false,
  }));
}

/** Each with the number of its occurrence behind it. */
function numbered(steps: readonly string[]): readonly string[] {
  return steps.map((step, index) => `${step}:${steps.slice(0, index + 1).filter((other) => other === step).length}`);
}
