import type { Host } from "../api/host.ts";

export interface NftChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Of a base chain. */
  readonly hook?: string;
  readonly policy?: string;
}

export interface NftRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly handle: number;
  readonly comment?: string;
  /** Statements in their order, each an object with one key. */
  readonly expr: readonly Readonly<Record<string, unknown>>[];
}

export interface NftElement {
  readonly set: string;
  /** The parts of a concatenation. */
  readonly parts: readonly unknown[];
  readonly comment: string;
}

export interface NftTable {
  readonly family: string;
  readonly name: string;
  /** `owner`: only the program that made it may change it. One flag alone is a plain string. */
  readonly flags?: string | readonly string[];
}

export interface Ruleset {
  /** Those that only their program may change, as `inet firewalld`. */
  readonly closed: readonly string[];
  readonly chains: readonly NftChain[];
  readonly rules: readonly NftRule[];
  /** Of banger's own tables. */
  readonly elements: readonly NftElement[];
}

/** Everything that nftables has now; root only. */
export async function readRuleset(host: Host): Promise<Ruleset> {
  return parseRuleset((await host.run(["nft", "-j", "list", "ruleset"])).stdout);
}

/** Pure. */
export function parseRuleset(text: string): Ruleset {
  const objects = (JSON.parse(text) as { nftables?: readonly NftObject[] }).nftables ?? [];
  const tables = objects.flatMap(({ table }) => table ?? []);
  return {
    closed: tables.filter(({ flags }) => flags?.includes("owner")).map(({ family, name }) => `${family} ${name}`),
    chains: objects.flatMap(({ chain }) => chain ?? []),
    rules: objects.flatMap(({ rule }) => rule ?? []),
    elements: objects.flatMap(({ set }) => (set?.table === "banger" ? elementsOf(set) : [])),
  };
}

/** As nft prints them. */
interface NftObject {
  readonly table?: NftTable;
  readonly chain?: NftChain;
  readonly rule?: NftRule;
  readonly set?: NftSet;
}

interface NftSet {
  readonly table: string;
  readonly name: string;
  readonly elem?: readonly unknown[];
}

/** Elements of banger's own sets: a plain value where there is neither a comment nor a concatenation. */
type ElementJson = Value | { readonly elem: { readonly val: Value; readonly comment?: string } };
type Value = string | { readonly concat: readonly unknown[] };

function elementsOf({ name, elem = [] }: NftSet): NftElement[] {
  return (elem as readonly ElementJson[]).map((item) => {
    const { val, comment = "" } = typeof item === "object" && "elem" in item ? item.elem : { val: item };
    const parts = typeof val === "object" ? val.concat : [val];
    return { set: name, parts, comment };
  });
}
