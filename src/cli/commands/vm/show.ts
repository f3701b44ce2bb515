import { formatSize } from "../../../core/model/size.ts";
import type { VmDetails, VmInfo } from "../../../rpc/protocol.ts";
import { vmPath } from "../../client/paths.ts";
import { defineCommand } from "../../command.ts";
import { facts } from "../../render/table.ts";
import { toldByCapabilities } from "../../render/told.ts";
import { age } from "../../render/time.ts";
import { jsonFlag, vmReference } from "../flags.ts";

export default defineCommand({
  meta: { examples: ["banger vm show web", "banger vm show web --json"] },
  args: { ...vmReference, ...jsonFlag },
  async run({ daemon, args }) {
    const vm = await daemon.request<VmDetails>("GET", vmPath(args.name));
    return {
      json: vm,
      text: ({ now }) => [facts(describe(vm, now)), ...toldByCapabilities(vm)].join("\n\n"),
    };
  },
});

function describe(vm: VmInfo, now: number): (readonly [string, string])[] {
  const when = (time: string | null): string => (time === null ? "" : `${time}  (${age(time, now)} ago)`);
  const accel = vm.accel === null ? "" : vm.accel === "kvm" ? ", kvm" : ", emulated";
  return [
    ["name", vm.name],
    ["id", vm.id],
    ["state", vm.stateReason === "" ? vm.state : `${vm.state}: ${vm.stateReason}`],
    ["spec", `${vm.vcpu} vcpu | ${vm.memoryMiB} MiB | ${formatSize(vm.diskBytes)} disk`],
    ["image", vm.image],
    ["kernel", vm.kernel],
    ["vmm", `${vm.vmm}${accel}${vm.vmmReason === "" ? "" : `: ${vm.vmmReason}`}`],
    ["jail", vm.jail],
    ["network", vm.network],
    ["address", vm.address ?? ""],
    ["storage", vm.storage],
    ["workdir", vm.workdir ?? ""],
    [
      "env",
      Object.entries(vm.env)
        .map(([name, value]) => `${name}=${value}`)
        .join(" "),
    ],
    ["kept", vm.ephemeral ? "no: deleted when its client goes (--rm)" : ""],
    ["pid", vm.pid === null ? "" : `${vm.pid}`],
    ["boot id", vm.bootId ?? ""],
    ["created", when(vm.createdAt)],
    ["started", when(vm.startedAt)],
    ["stopped", when(vm.stoppedAt)],
  ];
}
