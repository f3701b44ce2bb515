import { closeSync } from "node:fs";
import { constants } from "node:os";
import { BangerError } from "../../../core/api/errors.ts";
import type { ProcessIdentity } from "../../../core/api/host.ts";
import type { OperationArgs } from "../../../core/privileged/index.ts";
import { openPidfd, signalPidfd } from "../../pidfd.ts";
import { readStartTime } from "../../proc.ts";
import type { Principal } from "../index.ts";
import { openOwned, refused } from "../owned-file.ts";
import { jailerArgv } from "./argv.ts";
import { emptyCgroup, enterCgroup, processesOf } from "./cgroup.ts";
import { hostBoot, readRecord } from "./place.ts";

/** What the jailed process makes is the owner's group's too, and nobody else's. */
const mask = 0o007;

/** Starts the jailer, which becomes Firecracker. The process is in the VM's cgroup before it is told of. */
export function startJailed(principal: Principal, vm: string): ProcessIdentity {
  const record = readRecord(vm);
  if (record === null) throw refused(`the VM ${vm} has no jail`);
  if (record.bootId !== hostBoot()) throw refused(`the jail of the VM ${vm} is from before the host's last start`);
  if (processesOf(vm).length > 0) throw refused(`something runs in the jail of ${vm}`);
  const { fd } = openOwned(principal, principal.stateDir, `vms/${vm}/console.log`, { write: true, append: true });
  try {
    const child = spawn(jailerArgv(vm, record), fd);
    try {
      // Our child is reaped from the event loop, so until this returns its number is its own, dead or alive.
      const { pid } = child;
      const startTime = readStartTime(pid);
      if (startTime === null) throw new BangerError("VMM_FAILED", "the jailer ended at once");
      enterCgroup(vm, pid);
      return { pid, startTime, marker: vm };
    } catch (error) {
      // Outside the cgroup nothing would find it again.
      child.kill("SIGKILL");
      throw error;
    }
  } finally {
    closeSync(fd);
  }
}

function spawn(argv: [string, ...string[]], log: number): Bun.Subprocess {
  const before = process.umask(mask);
  try {
    const child = Bun.spawn(argv, { cwd: "/", env: {}, stdio: ["ignore", log, log], detached: true });
    child.unref();
    return child;
  } finally {
    process.umask(before);
  }
}

/** Signals every process in the VM's cgroup; gone already is fine. */
export async function signalJailed({ vm, signal }: OperationArgs<"jail.signal">): Promise<void> {
  if (signal === "KILL") return emptyCgroup(vm);
  for (const pid of processesOf(vm)) {
    const fd = openPidfd(pid);
    if (fd === null) continue;
    try {
      // Looked at again with the descriptor open: the number may have passed on in between.
      if (processesOf(vm).includes(pid)) signalPidfd(fd, constants.signals[`SIG${signal}`]);
    } finally {
      closeSync(fd);
    }
  }
}
