/** Whose daemon the server and the addresses are. */
export interface Owner {
  readonly uid: number;
  /** The installed service, of which a host has one. */
  readonly service: boolean;
}

/** Addresses of one owner's VMs in a user network: 127.77.BLOCK.1 to 127.77.BLOCK.254. */
export const addressesPerBlock = 254;

/** The port where nothing else is configured: another one for each owner, as far as there are ports. Pure. */
export function presetPort({ uid, service }: Owner): number {
  return uid === 0 || service ? 42_069 : 42_070 + (uid % 20_000);
}

/** The third octet of the VMs' addresses where nothing else is configured: 0 is root's. Pure. */
export function presetBlock({ uid }: Owner): number {
  return uid === 0 ? 0 : 1 + (uid % 255);
}

/** Pure. @param index from 0 up to addressesPerBlock */
export function loopbackAddress(block: number, index: number): string {
  return `127.77.${block}.${index + 1}`;
}
