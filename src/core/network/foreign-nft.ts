import {
  fateOf,
  type Direction,
  type ForwardChain,
  type ForwardRule,
  type InterfaceMatch,
  type Passage,
  type Verdict,
} from "./forward.ts";
import { isVmMark } from "./marks.ts";
import type { NftChain, NftRule, Ruleset } from "./ruleset.ts";

/** Names that need no quotes in nft's language; others are left alone. */
const plainName = /^[A-Za-z_][\w-]*$/;

/**
 * Lines for `nft -f` that let a guest through the forward chains of others that drop all of it. Left out: our own, and `ip filter
 * FORWARD` where iptables has it. Pure.
 */
export function foreignAccepts(ruleset: Ruleset, passage: Passage, iptables: boolean): readonly string[] {
  const { address, bridge, uplink, comment } = passage;
  const open = foreignForwardChains(ruleset, iptables).filter((chain) => !isClosed(ruleset, chain));
  const ways: readonly (readonly [Direction, string])[] = [
    [{ input: bridge, output: uplink }, `ip saddr ${address} iifname "${bridge}"`],
    [{ input: uplink, output: bridge }, `ip daddr ${address} oifname "${bridge}" ct state established,related`],
  ];
  return open.flatMap(({ family, table, name }) => {
    const chains = chainsOf(ruleset, family, table);
    return ways.flatMap(([direction, rule]) => {
      const fate = fateOf(chains, name, direction);
      if (fate.kind !== "drop") return [];
      const where = `rule ${family} ${table} ${name}`;
      const place = fate.before === null ? `add ${where}` : `insert ${where} handle ${fate.before}`;
      return [`${place} ${rule} accept comment "${comment}"`];
    });
  });
}

/** Tables whose forward chain drops all that a guest sends, and that only their own program may change. Pure. */
export function closedObstacles(ruleset: Ruleset, { bridge, uplink }: Passage): readonly string[] {
  const closed = foreignForwardChains(ruleset, true).filter((chain) => isClosed(ruleset, chain));
  const dropping = closed.filter(
    ({ family, table, name }) =>
      fateOf(chainsOf(ruleset, family, table), name, { input: bridge, output: uplink }).kind === "drop",
  );
  return dropping.map(({ family, table }) => `${family} ${table}`);
}

function isClosed({ closed }: Ruleset, { family, table }: NftChain): boolean {
  return closed.includes(`${family} ${table}`);
}

function foreignForwardChains({ chains }: Ruleset, iptables: boolean): readonly NftChain[] {
  return chains.filter(
    ({ family, table, name, hook }) =>
      hook === "forward" &&
      (family === "inet" || family === "ip") &&
      table !== "banger" &&
      !(iptables && family === "ip" && table === "filter" && name === "FORWARD") &&
      [table, name].every((word) => plainName.test(word)),
  );
}

function chainsOf(ruleset: Ruleset, family: string, table: string): ReadonlyMap<string, ForwardChain> {
  const own = ruleset.chains.filter((chain) => chain.family === family && chain.table === table);
  return new Map(
    own.map(({ name, policy }) => {
      const rules = ruleset.rules.filter(
        (rule) => rule.family === family && rule.table === table && rule.chain === name && !isVmMark(rule.comment),
      );
      return [name, { rules: rules.map(ruleOf), ...(policy !== undefined && { policy }) }];
    }),
  );
}

function ruleOf({ handle, expr }: NftRule): ForwardRule {
  let [input, output, partial, verdict]: [InterfaceMatch?, InterfaceMatch?, boolean?, Verdict?] = [];
  for (const statement of expr) {
    const [[key, value] = ["", null]] = Object.entries(statement);
    if (key === "match") {
      const { name, match } = interfaceOf(value as Match);
      if (name === "iifname" || name === "iif") input = match;
      else if (name === "oifname" || name === "oif") output = match;
      else partial = true;
    } else if (key === "accept" || key === "return") verdict = { kind: key };
    else if (key === "drop" || key === "reject") verdict = { kind: "drop" };
    else if (key === "jump" || key === "goto") verdict = { kind: key, target: (value as { target: string }).target };
    else if (key !== "counter" && key !== "log") partial = true;
  }
  return {
    ref: handle,
    partial: partial ?? false,
    verdict: verdict ?? null,
    ...(input !== undefined && { input }),
    ...(output !== undefined && { output }),
  };
}

interface Match {
  readonly op: string;
  readonly left: { readonly meta?: { readonly key: string } };
  readonly right: unknown;
}

/** The name is "" for a match of anything but one interface. */
function interfaceOf({ op, left, right }: Match): { readonly name: string; readonly match: InterfaceMatch } {
  const known = typeof right === "string" && !right.startsWith("@") && (op === "==" || op === "!=");
  return { name: known ? (left.meta?.key ?? "") : "", match: { name: String(right), not: op === "!=" } };
}
