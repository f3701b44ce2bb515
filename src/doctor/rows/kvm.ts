import type { Finding } from "../../core/api/capability.ts";
import type { Facts } from "../deps.ts";

/** Whether a vcpu really runs here. It is only slower without: the row never fails. */
export async function kvm({ host, user, kvmAccess }: Pick<Facts, "host" | "user" | "kvmAccess">): Promise<Finding> {
  const row = "kvm";
  const { usable, reason } = await host.kvm();
  if (usable) return { row, status: "pass", message: "a vcpu runs on /dev/kvm" };
  const message = `${reason}: guests will be emulated`;
  const access = await kvmAccess();
  if (access.exists && !access.allowed && access.group !== null) {
    return {
      row,
      status: "warn",
      message,
      detail: [`members of the group ${access.group} may use it, after logging in again`],
      fix: ["sudo", "usermod", "-aG", access.group, user.name],
    };
  }
  const detail = access.exists
    ? []
    : ["virtualization is off in the firmware, or this machine is a guest itself whose host does not pass it on"];
  return { row, status: "warn", message, detail };
}
