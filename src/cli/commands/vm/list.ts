import { formatSize } from "../../../core/model/size.ts";
import type { VmInfo } from "../../../rpc/protocol.ts";
import { defineCommand } from "../../command.ts";
import { table, type Column } from "../../render/table.ts";
import { age } from "../../render/time.ts";
import { jsonFlag } from "../flags.ts";

const columns: readonly Column[] = [
  { title: "NAME", shrinks: true },
  { title: "STATE" },
  { title: "IMAGE", shrinks: true },
  { title: "ADDRESS" },
  { title: "CPU", align: "right" },
  { title: "MEMORY", align: "right" },
  { title: "DISK", align: "right" },
  { title: "AGE" },
];

export default defineCommand({
  meta: { examples: ["banger vm list", "banger vm list --json", "banger vm delete --force $(banger vm list -q)"] },
  args: {
    quiet: { type: "boolean", alias: "q", description: "Names only" },
    ...jsonFlag,
  },
  async run({ daemon, args }) {
    const vms = await daemon.request<readonly VmInfo[]>("GET", "/v1/vms");
    return {
      json: vms,
      text: ({ columns: screen, now }) => {
        if (args.quiet) return vms.map(({ name }) => name).join("\n");
        return vms.length === 0
          ? "No VMs. Make one: banger vm run"
          : table(
              columns,
              vms.map((vm) => row(vm, now)),
              screen,
            );
      },
    };
  },
});

function row(vm: VmInfo, now: number): string[] {
  const { name, state, image, address, vcpu, memoryMiB, diskBytes, createdAt } = vm;
  return [
    name,
    state,
    image,
    address ?? "-",
    `${vcpu}`,
    `${memoryMiB} MiB`,
    formatSize(diskBytes),
    age(createdAt, now),
  ];
}
