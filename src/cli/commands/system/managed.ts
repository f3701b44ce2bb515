import { BangerError } from "../../../core/api/errors.ts";
import type { Host } from "../../../core/api/host.ts";
import type { Service } from "../../../core/model/service.ts";
import { servicePlaces } from "../../../core/model/service-places.ts";
import { createHost } from "../../../host/index.ts";
import { quote } from "../../../host/quote.ts";
import { readService } from "../../../host/service-file.ts";
import type { Systemd } from "../../../system/systemd.ts";
import type { Args } from "../../command.ts";
import type { Context } from "../../context.ts";

export interface Managed {
  readonly host: Host;
  readonly systemd: Systemd;
  /** The record of the install, null when there is none; throws INSTALL_RECORD. */
  record(): Promise<Service | null>;
  /** The record of a service that was uninstalled and left its VMs and images, or null. */
  last(): Promise<Service | null>;
}

/** The host's services, for whoever may change them: root, where systemd runs. @param command words behind `banger system` */
export async function managed({ io }: Context<Args>, ...command: readonly string[]): Promise<Managed> {
  if (io.uid !== 0) {
    throw new BangerError("PRIVILEGE_NEEDED", "the services of this host are root's to change", {
      hint: ["sudo", ...io.self, "system", ...command].map(quote).join(" "),
    });
  }
  const { Systemd, noSystemd } = await import("../../../system/systemd.ts");
  if (!(await Systemd.present())) throw noSystemd();
  const host = createHost({ env: io.env, self: io.self });
  const last = (): Promise<Service | null> => readService(servicePlaces.lastRecord).catch(() => null);
  return { host, systemd: new Systemd(host), record: () => readService(io.serviceRecord), last };
}

export const notInstalled = "banger is not installed as a service here.";
