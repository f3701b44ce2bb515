/**
 * Imported in front of an instrumented program: its counts are written to BANGER_COVERAGE_DIR when the process ends.
 * That includes an end by SIGTERM, SIGINT or SIGHUP, and by SIGKILL where the process sends it to itself;
 * somebody else's SIGKILL, and execve, leave nothing.
 */
import { countsWriter } from "./write-counts.ts";

const folder = process.env["BANGER_COVERAGE_DIR"];
if (folder) record(countsWriter(folder));

function record(write: () => void): void {
  process.on("exit", write);
  const kill = process.kill.bind(process);
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    const take = (): void => {
      if (process.listenerCount(signal) > 1) return; // the program has its own answer
      write();
      process.off(signal, take);
      kill(process.pid, signal);
    };
    process.on(signal, take);
  }
  process.kill = (pid, signal) => {
    if (pid === process.pid && signal === "SIGKILL") write();
    return kill(pid, signal);
  };
}
