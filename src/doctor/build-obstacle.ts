import type { Catalog } from "../../imagecat/schema.ts";
import { asBangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import { readHostApt } from "../images/apt/host-apt.ts";
import { rootPrefix } from "../images/namespace.ts";

/**
 * Tries what a build of an image does before it writes anything: entering its namespace, finding apt's sources. The programs must be
 * there.
 * @returns why it would fail, in lines for people, or null
 */
export async function buildObstacle(
  host: Host,
  uid: number,
  catalog: Catalog,
  image: string,
): Promise<string[] | null> {
  const entry = catalog.images.find(({ name }) => name === image);
  const attempts = (entry?.sources ?? []).map(async ({ distribution, suite }) => {
    if (uid !== 0) await rootPrefix(host, uid);
    await readHostApt({ host, signal: AbortSignal.timeout(10_000), notice: () => {} }, distribution, suite);
  });
  const results = await Promise.allSettled(attempts);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [asBangerError(result.reason)] : []));
  // The first source that works is taken.
  if (failures.length < results.length || failures.length === 0) return null;
  return failures.flatMap(({ message, detail, hint }) => [message, ...detail, ...(hint === undefined ? [] : [hint])]);
}
