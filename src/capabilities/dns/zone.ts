/** The top-level name that banger's server is authoritative for. */
export const topName = "vm";

/** Of no VM (those have one label below `.vm`): its address shows doctor whether the system's resolver asks this server. */
export const probeName = `doctor.banger.${topName}`;
export const probeAddress = "127.0.0.1";

/** What a name stands for: an address, or a name without one. */
export interface Entry {
  readonly address: string | null;
}

/** The VMs that run: names without `.vm` in lower case, IPv4 addresses as text. */
export class Zone {
  readonly #entries = new Map<string, Entry & { readonly vmId: string }>();
  readonly #byAddress = new Map<string, string>();

  /** Another one after each change. */
  version = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** From now on the name has this address, or none; what the same VM had before goes. */
  set(vmId: string, name: string, address: string | null): void {
    this.remove(vmId);
    this.version += 1;
    this.#entries.set(name, { address, vmId });
    if (address !== null) this.#byAddress.set(address, name);
  }

  /** Gone already is fine. */
  remove(vmId: string): void {
    this.version += 1;
    for (const [name, entry] of this.#entries) {
      if (entry.vmId !== vmId) continue;
      this.#entries.delete(name);
      if (entry.address !== null && this.#byAddress.get(entry.address) === name) this.#byAddress.delete(entry.address);
    }
  }

  find(name: string): Entry | null {
    return this.#entries.get(name) ?? null;
  }

  nameOf(address: string): string | null {
    return this.#byAddress.get(address) ?? null;
  }
}
