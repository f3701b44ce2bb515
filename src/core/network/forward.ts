/** A way that packets take through the host. */
export interface Direction {
  readonly input: string;
  readonly output: string;
}

/** A guest's way out by one of the host's uplinks, and the way back. */
export interface Passage {
  readonly address: string;
  readonly bridge: string;
  readonly uplink: string;
  readonly comment: string;
}

/** The interface that a rule asks for; `*` or `+` at its end stands for anything. */
export interface InterfaceMatch {
  readonly name: string;
  readonly not: boolean;
}

export type Verdict =
  | { readonly kind: "accept" | "drop" | "return" }
  | { readonly kind: "jump" | "goto"; readonly target: string };

/** A rule of a firewall, whichever wrote it. */
export interface ForwardRule {
  /** Its number in the chain, from 1, or its handle. */
  readonly ref: number;
  readonly input?: InterfaceMatch;
  readonly output?: InterfaceMatch;
  /** Whether it asks for something else too: it speaks of some packets, not of all. */
  readonly partial: boolean;
  /** Null for one that goes on: a counter, a log. */
  readonly verdict: Verdict | null;
}

export interface ForwardChain {
  readonly rules: readonly ForwardRule[];
  /** Of a base chain. */
  readonly policy?: string;
}

export type ForwardChains = ReadonlyMap<string, ForwardChain>;

/** What becomes of all packets of a direction. `before` is the rule that drops them; null: the chain's end. */
export type Fate = { readonly kind: "accept" | "through" } | { readonly kind: "drop"; readonly before: number | null };

/**
 * What a chain does with every packet of a direction. Rules that speak of some packets only are left out: an administrator who
 * forbids a port means it. Pure.
 */
export function fateOf(chains: ForwardChains, name: string, direction: Direction, depth = 0): Fate {
  const chain = chains.get(name);
  if (chain === undefined || depth > 16) return { kind: "through" };
  for (const rule of chain.rules) {
    const { verdict } = rule;
    if (verdict === null || !speaksOfAll(rule, direction)) continue;
    if ("target" in verdict) {
      const there = fateOf(chains, verdict.target, direction, depth + 1);
      if (there.kind === "drop") return { kind: "drop", before: rule.ref };
      if (there.kind === "accept") return there;
      if (verdict.kind === "goto") break;
      continue;
    }
    if (verdict.kind === "accept") return { kind: "accept" };
    if (verdict.kind === "drop") return { kind: "drop", before: rule.ref };
    break;
  }
  return /^drop$/i.test(chain.policy ?? "") ? { kind: "drop", before: null } : { kind: "through" };
}

/** Where in a chain a new rule is asked for all packets of a direction: before the first that decides on them, or at the end (null). Pure. */
export function placeIn({ rules }: ForwardChain, direction: Direction): number | null {
  const last = rules.find(
    ({ verdict, ...rule }) => verdict !== null && verdict.kind !== "jump" && speaksOfAll(rule, direction),
  );
  return last?.ref ?? null;
}

/** Whether packets of the direction come by that chain, for all that `from` says. Pure. */
export function passes(chains: ForwardChains, from: string, to: string, direction: Direction, depth = 0): boolean {
  for (const rule of chains.get(from)?.rules ?? []) {
    const { verdict } = rule;
    if (verdict === null || !speaksOfAll(rule, direction)) continue;
    if (!("target" in verdict)) return false;
    if (verdict.target === to) return true;
    if (depth < 16 && passes(chains, verdict.target, to, direction, depth + 1)) return true;
    if (verdict.kind === "goto" || fateOf(chains, verdict.target, direction).kind !== "through") return false;
  }
  return false;
}

function speaksOfAll({ partial, input, output }: Omit<ForwardRule, "ref" | "verdict">, way: Direction): boolean {
  return !partial && fits(input, way.input) && fits(output, way.output);
}

function fits(match: InterfaceMatch | undefined, name: string): boolean {
  if (match === undefined) return true;
  const same = /[*+]$/.test(match.name) ? name.startsWith(match.name.slice(0, -1)) : match.name === name;
  return same !== match.not;
}
