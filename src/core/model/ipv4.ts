/** Addresses are numbers of 32 bits, without a sign. Everything here is pure. */
export interface Network {
  readonly base: number;
  /** Length, 0 to 32. */
  readonly prefix: number;
}

/** `172.16.0.1`, in the form that the kernel prints and no other; null for anything else. */
export function parseIpv4(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}

/** `172.16.0.0/24`, with or without bits behind the prefix, which are dropped; an address alone is a network of one. */
export function parseNetwork(text: string): Network | null {
  const [address = "", length = "32", ...rest] = text.split("/");
  const parsed = parseIpv4(address);
  if (parsed === null || rest.length > 0 || !/^(0|[1-9]\d?)$/.test(length) || Number(length) > 32) return null;
  const prefix = Number(length);
  return { base: (parsed & maskOf(prefix)) >>> 0, prefix };
}

export function formatNetwork({ base, prefix }: Network): string {
  return `${formatIpv4(base)}/${prefix}`;
}

export function contains(network: Network, address: number): boolean {
  return (address & maskOf(network.prefix)) >>> 0 === network.base;
}

export function overlaps(one: Network, other: Network): boolean {
  return one.prefix <= other.prefix ? contains(one, other.base) : contains(other, one.base);
}

/** Whether a machine may have the address in the network: neither its first nor its last one. */
export function isHostAddress(network: Network, address: number): boolean {
  const last = (network.base | ~maskOf(network.prefix)) >>> 0;
  return contains(network, address) && address !== network.base && address !== last;
}

/** How many machines find a place in the network besides its gateway. */
export function guestCount({ prefix }: Network): number {
  return 2 ** (32 - prefix) - 3;
}

/** The address of guest number `index`, from 0; the gateway's is left out. */
export function guestAddress(network: Network, gateway: number, index: number): number {
  const address = network.base + 1 + index;
  return address >= gateway ? address + 1 : address;
}

/** The networks that nobody has on the internet: RFC 1918 and RFC 6598. */
const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map((text) =>
  parseNetwork(text)!,
);

export function isPrivate(network: Network): boolean {
  return privateNetworks.some((range) => range.prefix <= network.prefix && contains(range, network.base));
}

function maskOf(prefix: number): number {
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}
