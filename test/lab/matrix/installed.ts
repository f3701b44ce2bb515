import { daemonUnit, helperUnit, servicePlaces } from "../../../src/core/model/service-places.ts";
import type { Account } from "../account.ts";
import { configureForInstall } from "../installed-config.ts";
import type { Lab } from "../lab.ts";
import type { Service } from "./cases.ts";

export const units: Readonly<Record<Service, string>> = { daemon: daemonUnit, helper: helperUnit };

/** Environment for one start of a service: the file is gone when the next one comes. */
const armory = "/run/crash";

const install = `
install -d -m 755 ${armory}
for unit in ${Object.values(units).join(" ")}; do
  install -d /etc/systemd/system/$unit.d
  printf '[Unit]\\nStartLimitIntervalSec=0\\n[Service]\\nRestartSec=100ms\\nEnvironmentFile=-${armory}/%s\\nExecStartPost=+/bin/rm -f ${armory}/%s\\n' \\
    $unit $unit > /etc/systemd/system/$unit.d/crash.conf
done
banger system install --owner u
`;

/** A service that has been sent STOP by itself; what runs in the VMs' cgroups dies, and it goes on. */
const strike = `
pid=$(systemctl show --value --property MainPID $0)
tries=0
until grep -q '^State:.T' /proc/$pid/status; do
  [ $((tries += 1)) -lt 3000 ] || { echo "$0 has not passed the step" >&2; exit 1; }
  sleep 0.1
done
cat /sys/fs/cgroup/banger/*/cgroup.procs | xargs -r kill -KILL || true
kill -CONT $pid
`;

const answers = `
tries=0
for socket in ${servicePlaces.helperSocket} ${servicePlaces.runtimeDir}/daemon.sock; do
  until socat -u OPEN:/dev/null UNIX-CONNECT:$socket 2> /dev/null; do
    [ $((tries += 1)) -lt 1000 ] || { echo "nobody listens at $socket" >&2; exit 1; }
    sleep 0.1
  done
done
`;

/** A lab host on which banger is installed for `u`, with everything that it has of privileges in use. */
export class Installed {
  readonly u: Account;

  private constructor(readonly lab: Lab) {
    this.u = lab.user("u");
  }

  static async on(lab: Lab): Promise<Installed> {
    const here = new Installed(lab);
    await configureForInstall(lab);
    await lab.ok(["sh", "-ec", install], { timeout: 600_000 });
    return here;
  }

  /** The service starts anew and will send itself the signal at the step. */
  async arm(service: Service, at: string, signal: "KILL" | "STOP"): Promise<void> {
    const unit = units[service];
    const script = `echo "BANGER_CRASH_AT=$0" > ${armory}/${unit}; systemctl restart ${unit}`;
    await this.lab.ok(["sh", "-ec", script, `${at}:${signal}`]);
    await this.answered();
  }

  /** Kills what runs in the jails while the service stands still at its step. */
  async strike(service: Service): Promise<void> {
    await this.lab.ok(["sh", "-ec", strike, units[service]], { timeout: 400_000 });
  }

  /** How often systemd has brought it back since it was armed. */
  async returns(service: Service): Promise<number> {
    return Number(await this.lab.ok(["systemctl", "show", "--value", "--property", "NRestarts", units[service]]));
  }

  /** Both services take connections. */
  async answered(): Promise<void> {
    await this.lab.ok(["sh", "-ec", answers], { timeout: 200_000 });
  }

  /** Rows of the daemon's database, by a reader that is neither. */
  async rows<T>(query: string): Promise<readonly T[]> {
    const script =
      "import json,sqlite3,sys;c=sqlite3.connect('/var/lib/banger/state.db');c.row_factory=sqlite3.Row;" +
      "print(json.dumps([dict(r) for r in c.execute(sys.argv[1])]))";
    return JSON.parse(await this.u.ok(["python3", "-c", script, query])) as T[];
  }

  /** Names of the operations that the helper has done since the cursor, in their order. What comes by itself is left out. */
  async operationsSince(cursor: string): Promise<readonly string[]> {
    const log = await this.lab.ok(["journalctl", "-u", units.helper, "-o", "cat", `--after-cursor=${cursor}`]);
    const names = [...log.matchAll(/^pr-[0-9a-f]+ ([a-z]+\.[a-z]+) /gm)].map(([, name]) => name!);
    return names.filter((name) => !["nat.follow", "helper.status"].includes(name));
  }

  /** The end of the helper's log. */
  async cursor(): Promise<string> {
    const text = await this.lab.ok(["journalctl", "-u", units.helper, "-n", "1", "--show-cursor"]);
    return /^-- cursor: (.*)$/m.exec(text)![1]!;
  }
}
