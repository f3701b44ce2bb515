import { asBangerError } from "../../../core/api/errors.ts";
import type { Host } from "../../../core/api/host.ts";

const programs = ["unshare", "nsenter", "ip", "pasta"];

/** Whether this user can make a namespace with a network of its own; found out once. */
export class NamespaceObstacle {
  #known: Promise<string | null> | undefined;

  /** Why not, for people; null when he can. */
  async of(host: Host): Promise<string | null> {
    this.#known ??= look(host);
    const found = await this.#known;
    // What is missing may be there later.
    if (found !== null) this.#known = undefined;
    return found;
  }
}

async function look(host: Host): Promise<string | null> {
  const paths = await Promise.all(programs.map(async (program) => host.which(program)));
  const missing = programs.filter((_, index) => paths[index] === null);
  if (missing.length > 0) return `${missing.join(", ")} not found`;
  try {
    // Where user namespaces are restricted, making one may work and what it is for may not.
    await host.run(["unshare", "--user", "--map-root-user", "--net", "--", "ip", "link", "set", "dev", "lo", "up"]);
    return null;
  } catch (thrown) {
    const error = asBangerError(thrown);
    return `this user cannot make network namespaces: ${error.detail.at(-1) ?? error.message}`;
  }
}
