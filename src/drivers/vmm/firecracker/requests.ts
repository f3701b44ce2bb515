import type { Drive, Nic } from "../../../core/api/contributions.ts";
import type { Machine } from "../../../core/api/drivers.ts";
import type { JsonObject } from "../../../core/api/json.ts";
import { kernelCommandLine } from "./kernel-args.ts";

/** One call of Firecracker's API. */
export interface ApiRequest {
  readonly method: "GET" | "PUT" | "PATCH";
  readonly path: string;
  readonly body?: JsonObject;
  /** What it is about, as an error names it. */
  readonly subject: string;
}

/** Where in the guest the agent listens: only its root may bind a port below 1024. */
export const agentPort = 1000;
/** Firecracker's vsock is between its guest and its own socket: every guest can have the first CID that is free for one. */
const guestCid = 3;

/** What makes a machine of a fresh Firecracker and starts it, to be sent in this order: drives are named in the guest by it. Pure. */
export function bootRequests(machine: Machine, { vsock }: { readonly vsock: string }): readonly ApiRequest[] {
  const { vcpu, memoryMiB, vmlinux, initrd, kernelArgs, drives, nics } = machine;
  return [
    put("/machine-config", `${vcpu} vcpus and ${memoryMiB} MiB of memory`, {
      vcpu_count: vcpu,
      mem_size_mib: memoryMiB,
    }),
    put("/boot-source", `the kernel ${vmlinux} with the initramfs ${initrd}`, {
      kernel_image_path: vmlinux,
      initrd_path: initrd,
      boot_args: kernelCommandLine(kernelArgs),
    }),
    ...drives.map(driveRequest),
    ...nics.map(nicRequest),
    put("/vsock", `the vsock ${vsock}`, { guest_cid: guestCid, uds_path: vsock }),
    put("/actions", "the start of the machine", { action_type: "InstanceStart" }),
  ];
}

/** Asks for the counters since the last time to be written. */
export const flushMetrics: ApiRequest = put("/actions", "a flush of its counters", { action_type: "FlushMetrics" });
export const instanceInfo: ApiRequest = { method: "GET", path: "/", subject: "its state" };

/** Firecracker takes letters, digits and underscores; ids of ours have hyphens and no underscores. Pure. */
export function apiId(id: string): string {
  return id.replaceAll("-", "_");
}

/** The other way. Pure. */
export function idOf(apiId: string): string {
  return apiId.replaceAll("_", "-");
}

function driveRequest({ id, path, readonly }: Drive): ApiRequest {
  return put(`/drives/${apiId(id)}`, `the drive ${id} (${path})`, {
    drive_id: apiId(id),
    path_on_host: path,
    is_root_device: false,
    is_read_only: readonly,
    // Writes may rest in the host's page cache, but a guest's flush is passed on.
    cache_type: "Writeback",
  });
}

function nicRequest({ id, mac, backend }: Nic): ApiRequest {
  const tap = backend.kind === "tap" ? backend.name : "";
  return put(`/network-interfaces/${apiId(id)}`, `the network interface ${id} (${tap})`, {
    iface_id: apiId(id),
    host_dev_name: tap,
    guest_mac: mac,
  });
}

function put(path: string, subject: string, body: JsonObject): ApiRequest {
  return { method: "PUT", path, subject, body };
}
