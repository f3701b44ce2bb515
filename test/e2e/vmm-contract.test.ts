import { afterAll } from "bun:test";
import { join } from "node:path";
import { createDrivers } from "../../src/drivers/index.ts";
import { vmmContract } from "../../src/drivers/vmm/contract.ts";
import { createHost } from "../../src/host/index.ts";
import { embeddedCatalog } from "../../src/images/catalog.ts";
import { Kernels } from "../../src/images/kernels.ts";
import { guestPlaces } from "../helpers/guest-places.ts";
import { scratchFolder } from "../helpers/scratch.ts";
import { World } from "../helpers/world.ts";

const world = await World.create();
afterAll(() => world.destroy());

const host = createHost({ env: process.env });
const dir = join(world.stateDir, "kernels");
const kernel = await new Kernels({ host, dir, uid: process.getuid!(), catalog: embeddedCatalog() }).get("debian-cloud");
if (kernel === null) throw new Error(`no kernel in ${dir}`);

const newPlace = guestPlaces(scratchFolder(), kernel);
/** The others need KVM: test/lab tries them. */
const everywhere = ["qemu"];

for (const driver of createDrivers().vmm.filter(({ name }) => everywhere.includes(name)))
  vmmContract(driver, "this host", newPlace);
