import { expect, test } from "bun:test";
import { fakePlace } from "../../test/helpers/places.ts";
import { createDrivers } from "./index.ts";
import { networkContract } from "./network/contract.ts";
import { storageContract } from "./storage/contract.ts";

const { storage, network, vmm } = createDrivers();

/** The others need root and a kernel with device-mapper: test/lab tries them. */
const everywhere = ["overlay"];

for (const driver of storage.filter(({ name }) => everywhere.includes(name)))
  storageContract(driver, "a fake host", fakePlace);
for (const driver of network) networkContract(driver, "a fake host", fakePlace);

test("every VMM finds a network that it can attach", () => {
  for (const { name } of vmm) expect(network.filter(({ vmms }) => vmms.includes(name)).length).toBeGreaterThan(0);
});

test("overlay needs mke2fs", async () => {
  const [overlay] = storage;
  const { host } = await fakePlace();
  expect(await overlay!.doctor!(host, {})).toMatchObject([{ row: "storage", status: "pass" }]);
  host.answers.which = () => null;
  expect(await overlay!.doctor!(host, {})).toMatchObject([{ row: "storage", status: "fail" }]);
});
