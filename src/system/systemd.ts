import { lstat } from "node:fs/promises";
import { BangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";

export interface UnitState {
  /** `loaded`, `not-found` … */
  readonly load: string;
  /** `active`, `inactive`, `failed`, `activating` … */
  readonly active: string;
  readonly enabled: boolean;
  readonly pid: number | null;
  /** Its control group, absolute below /sys/fs/cgroup; empty when it has none. */
  readonly group: string;
}

/** The host's service manager, through systemctl. */
export class Systemd {
  constructor(private readonly host: Pick<Host, "run">) {}

  /** Whether systemd runs this host. */
  static async present(): Promise<boolean> {
    return (await lstat("/run/systemd/system").catch(() => null))?.isDirectory() === true;
  }

  async do(verb: string, ...units: readonly string[]): Promise<void> {
    await this.host.run(["systemctl", "--quiet", verb, ...units], { timeoutMs: 180_000 });
  }

  /** The properties of a unit as systemd prints them. */
  async show(unit: string, properties: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { stdout } = await this.host.run(
      ["systemctl", "show", ...properties.map((name) => `--property=${name}`), "--", unit],
      { timeoutMs: 30_000 },
    );
    return new Map(
      stdout.split("\n").flatMap((line) => {
        const at = line.indexOf("=");
        return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
      }),
    );
  }

  async state(unit: string): Promise<UnitState> {
    const shown = await this.show(unit, ["LoadState", "ActiveState", "UnitFileState", "MainPID", "ControlGroup"]);
    const pid = Number(shown.get("MainPID") ?? 0);
    return {
      load: shown.get("LoadState") ?? "",
      active: shown.get("ActiveState") ?? "",
      enabled: shown.get("UnitFileState") === "enabled",
      pid: pid > 0 ? pid : null,
      group: shown.get("ControlGroup") ?? "",
    };
  }

  /** The end of a unit's journal; nothing where it cannot be read. */
  async lines(unit: string, count: number): Promise<readonly string[]> {
    const { stdout } = await this.host
      .run(["journalctl", "--no-pager", "--output=cat", `--lines=${count}`, `--unit=${unit}`], { timeoutMs: 30_000 })
      .catch(() => ({ stdout: "" }));
    return stdout
      .trimEnd()
      .split("\n")
      .filter((line) => line !== "");
  }
}

export function noSystemd(): BangerError {
  return new BangerError("INSTALL_FAILED", "this host is not run by systemd, so there is no service to install", {
    hint: "banger works without: commands start the daemon, and root has every driver",
  });
}
