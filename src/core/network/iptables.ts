import {
  fateOf,
  passes,
  placeIn,
  type Direction,
  type ForwardChains,
  type ForwardRule,
  type Passage,
  type Verdict,
} from "./forward.ts";
import { isVmMark } from "./marks.ts";

/** The filter table of one iptables, as its `-S` prints it, without the rules of ours. */
export interface IptablesState {
  readonly chains: ForwardChains;
  /** Our own: `-A FORWARD …`. */
  readonly ours: readonly string[];
}

/** The output of `iptables -S`. Pure. */
export function parseIptables(text: string): IptablesState {
  const chains = new Map<string, { rules: ForwardRule[]; policy?: string }>();
  const ours: string[] = [];
  for (const line of text.split("\n")) {
    const [command, name, ...words] = wordsOf(line);
    if (name === undefined) continue;
    const chain = chains.get(name) ?? { rules: [] };
    chains.set(name, chain);
    if (command === "-P" && words[0] !== undefined) chain.policy = words[0];
    if (command !== "-A") continue;
    const rule = ruleOf(words, chain.rules.length + 1);
    if (words.some((word, at) => words[at - 1] === "--comment" && isVmMark(word))) ours.push(line);
    else chain.rules.push(rule);
  }
  return { chains, ours };
}

/** Chains that their owners leave to others, in order of preference; they come before what drops. */
const offered = ["DOCKER-USER", "ufw-user-forward"];

/**
 * Commands for `iptables-restore --noflush`, in place of the rules of ours that are there: where FORWARD drops all that a guest sends
 * or gets, an accept for each direction, in the chain that is meant for such, else just before the drop. Pure.
 */
export function iptablesCommands({ chains, ours }: IptablesState, passages: readonly Passage[]): readonly string[] {
  const accepts = passages.flatMap((passage) => waysOf(passage).flatMap((way) => placed(chains, way)));
  // The later ones first: a rule that is put in moves those behind it.
  const sorted = accepts.toSorted((one, other) => (other.before ?? Infinity) - (one.before ?? Infinity));
  const added = sorted.map(({ chain, before, rule }) =>
    before === null ? `-A ${chain} ${rule}` : `-I ${chain} ${before} ${rule}`,
  );
  return [...ours.map((line) => line.replace(/^-A/, "-D")), ...new Set(added)];
}

interface Way extends Direction {
  readonly rule: string;
}

function waysOf({ address, bridge, uplink, comment }: Passage): readonly Way[] {
  const note = `-m comment --comment "${comment}" -j ACCEPT`;
  const back = "-m conntrack --ctstate RELATED,ESTABLISHED";
  return [
    { input: bridge, output: uplink, rule: `-s ${address}/32 -i ${bridge} ${note}` },
    { input: uplink, output: bridge, rule: `-d ${address}/32 -o ${bridge} ${back} ${note}` },
  ];
}

function placed(chains: ForwardChains, way: Way): { chain: string; before: number | null; rule: string }[] {
  const fate = fateOf(chains, "FORWARD", way);
  if (fate.kind !== "drop") return [];
  const chain = offered.find((name) => chains.has(name) && passes(chains, "FORWARD", name, way));
  if (chain === undefined) return [{ chain: "FORWARD", before: fate.before, rule: way.rule }];
  return [{ chain, before: placeIn(chains.get(chain)!, way), rule: way.rule }];
}

/** Words of a line, without the quotes around some. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

function ruleOf(words: readonly string[], ref: number): ForwardRule {
  const rule: { -readonly [K in keyof ForwardRule]: ForwardRule[K] } = { ref, partial: false, verdict: null };
  let not = false;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const value = words[at + 1] ?? "";
    if (word === "!") {
      not = true;
      continue;
    }
    if (word === "-j" || word === "-g") {
      rule.verdict = verdictOf(value, word === "-g");
      break; // what follows belongs to the target
    }
    if (word === "-i") rule.input = { name: value, not };
    else if (word === "-o") rule.output = { name: value, not };
    else if (word !== "--comment" && (word !== "-m" || value !== "comment")) rule.partial = true;
    at += 1;
    not = false;
  }
  return rule;
}

/** Targets in capitals that are no verdict go on: LOG, MARK. A chain of one's own may be in capitals too, and is known by being there. */
function verdictOf(target: string, goto: boolean): Verdict {
  if (target === "ACCEPT") return { kind: "accept" };
  if (target === "DROP" || target === "REJECT") return { kind: "drop" };
  if (target === "RETURN") return { kind: "return" };
  return { kind: goto ? "goto" : "jump", target };
}
