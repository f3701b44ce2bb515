import { test } from "bun:test";
import { join } from "node:path";
import { cacheDir } from "../helpers/cache.ts";
import type { Lab } from "./lab.ts";

/** Where the evidence of failures is put. */
const results = join(cacheDir, "lab-results");

/**
 * A test on a lab host. When it fails, the host's logs are copied here first, and the failure says where they are.
 * @param lab asked for when the test runs: it comes up in beforeAll
 */
export function scenario(lab: () => Lab, name: string, run: (lab: Lab) => Promise<void>, timeoutMs = 300_000): void {
  test(
    name,
    async () => {
      try {
        await run(lab());
      } catch (error) {
        const folder = join(results, name.replaceAll(/[^\w-]+/g, "-").slice(0, 60));
        await lab()
          .evidence(folder)
          .catch((why) => console.error(`lab: the host gives no logs: ${why}`));
        console.error(`lab: the host's logs are in ${folder}`);
        throw error;
      }
    },
    timeoutMs,
  );
}
