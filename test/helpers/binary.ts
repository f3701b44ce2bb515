import { join } from "node:path";

/** The compiled program under test. */
export const banger = process.env["BANGER_BIN"] ?? join(import.meta.dir, "../../dist/banger");
