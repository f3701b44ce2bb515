import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository; everything that set-up makes lies below it. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
export const cache = join(root, ".cache");
export const dist = join(root, "dist");
/** The product. */
export const binary = join(dist, "banger");
