// Run on the lab host, bundled, by what banger itself is made of: see vmm-contract.test.ts.
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtempSync, rmSync } from "node:fs";
import { afterAll } from "bun:test";
import { createDrivers } from "../../src/drivers/index.ts";
import { vmmContract } from "../../src/drivers/vmm/contract.ts";
import { createHost } from "../../src/host/index.ts";
import { embeddedCatalog } from "../../src/images/catalog.ts";
import { Kernels } from "../../src/images/kernels.ts";
import { guestPlaces } from "../helpers/guest-places.ts";

const host = createHost({ env: process.env });
const dir = join(homedir(), ".local/state/banger/kernels");
const kernel = await new Kernels({ host, dir, uid: process.getuid!(), catalog: embeddedCatalog() }).get("debian-cloud");
if (kernel === null) throw new Error(`no kernel in ${dir}`);
const folder = mkdtempSync(join(tmpdir(), "contract-"));
afterAll(() => rmSync(folder, { recursive: true }));

const newPlace = guestPlaces(folder, kernel, ["/payload/banger"]);
for (const driver of createDrivers().vmm) vmmContract(driver, "the lab host", newPlace);
