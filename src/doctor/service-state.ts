import { asBangerError } from "../core/api/errors.ts";
import type { Host } from "../core/api/host.ts";
import { readService } from "../host/service-file.ts";
import { systemStatus, type SystemStatus } from "../system/status.ts";
import { Systemd } from "../system/systemd.ts";

/** Whether banger is a service of this host, and how that is. */
export type ServiceState =
  | { readonly kind: "none"; readonly systemd: boolean }
  /** There is a record that does not count. */
  | { readonly kind: "ignored"; readonly reason: string }
  | { readonly kind: "theirs"; readonly owner: string }
  | ({ readonly kind: "ours" } & SystemStatus);

export async function serviceState(host: Host, uid: number, record: string): Promise<ServiceState> {
  try {
    const service = await readService(record);
    if (service === null) return { kind: "none", systemd: await Systemd.present() };
    if (uid !== service.uid && uid !== 0) return { kind: "theirs", owner: service.owner };
    return { kind: "ours", ...(await systemStatus(new Systemd(host), service)) };
  } catch (thrown) {
    const error = asBangerError(thrown);
    if (error.code !== "INSTALL_RECORD") throw error;
    return { kind: "ignored", reason: error.message };
  }
}
