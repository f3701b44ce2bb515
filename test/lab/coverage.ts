import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { daemonUnit, helperUnit } from "../../src/core/model/service-places.ts";
import type { Lab } from "./lab.ts";

/** On the lab host; inventories leave it out. */
const there = "/var/cache/coverage";

const units = `${daemonUnit} ${helperUnit}`;

const begin = `
install -d -m 1777 ${there}
echo BANGER_COVERAGE_DIR=${there} >> /etc/environment
echo 'Defaults env_keep += BANGER_COVERAGE_DIR' > /etc/sudoers.d/coverage
for unit in ${units}; do
  install -d /etc/systemd/system/$unit.d
  printf '[Service]\\nEnvironment=BANGER_COVERAGE_DIR=${there}\\nReadWritePaths=${there}\\n' > /etc/systemd/system/$unit.d/coverage.conf
done
systemctl daemon-reload
`;

// A unit that is only signalled starts again; a process that is ended by force leaves no counts.
const end = `
systemctl stop ${units} 2> /dev/null
pkill -TERM -x banger
tries=0
while pgrep -x banger > /dev/null && [ $((tries += 1)) -lt 100 ]; do sleep 0.1; done
`;

/** From here on every instrumented banger on the host keeps its counts there: in login sessions, behind sudo, as a service. */
export async function beginCoverage(lab: Lab): Promise<void> {
  await lab.ok(["sh", "-ec", begin]);
  lab.disconnect(); // a session has the environment of its beginning
}

/** Ends every banger on the host and brings their counts here. */
export async function bringCoverage(lab: Lab, here: string): Promise<void> {
  await lab.run(["sh", "-c", end]);
  const dir = mkdtempSync(join(here, "lab-"));
  await lab.fetch([there], dir);
  const names = readdirSync(join(dir, there)).filter((name) => name.endsWith(".json"));
  for (const name of names) renameSync(join(dir, there, name), join(here, name));
  rmSync(dir, { recursive: true });
}
