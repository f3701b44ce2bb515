import type { Io } from "./cli/io.ts";
import { processIo } from "./cli/process-io.ts";

/**
 * The process edge. Both halves are behind import(): with code splitting (build.ts) `--help` never reads the
 * daemon's code, and the daemon never reads the CLI's.
 * @returns the exit status
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === "daemon" && argv[1] === "serve") {
    const { serve } = await import("./daemon/index.ts");
    return serve(argv.slice(2), io);
  }
  if (argv[0] === "helper" && argv[1] === "serve") {
    const { serve } = await import("./helper/index.ts");
    return serve(argv.slice(2), io);
  }
  if (argv[0] === "internal" && argv[1] === "kvm-probe") {
    const { kvmProbeMain } = await import("./host/kvm-probe.ts");
    return kvmProbeMain();
  }
  if (argv[0] === "internal" && argv[1] === "mapped") {
    const { mappedMain } = await import("./host/mapped.ts");
    return mappedMain(argv.slice(2), io);
  }
  if (argv[0] === "internal" && argv[1] === "plugin") {
    const { pluginMain } = await import("./plugins/child/main.ts");
    return pluginMain(argv.slice(2), io);
  }
  const { run } = await import("./cli/index.ts");
  return run(argv, io);
}

if (import.meta.main) process.exit(await main(process.argv.slice(2), processIo(process.env)));
