import { createBuiltins } from "../../src/capabilities/index.ts";
import { capabilityContract } from "../../src/capabilities/contract.ts";
import { createDrivers } from "../../src/drivers/index.ts";
import { networkContract } from "../../src/drivers/network/contract.ts";
import { storageContract } from "../../src/drivers/storage/contract.ts";
import { realPlaces } from "../helpers/places.ts";
import { scratchFolder } from "../helpers/scratch.ts";

const newPlace = realPlaces(scratchFolder());
const { storage, network } = createDrivers();

/** The others need root, and a network namespace (integration/network tries that) or device-mapper (test/lab does). */
const everywhere = ["overlay", "user", "none"];

for (const driver of storage.filter(({ name }) => everywhere.includes(name)))
  storageContract(driver, "this host", newPlace);
for (const driver of network.filter(({ name }) => everywhere.includes(name)))
  networkContract(driver, "this host", newPlace);
for (const capability of createBuiltins({ uid: 0, service: false }))
  capabilityContract(capability, "this host", newPlace);
