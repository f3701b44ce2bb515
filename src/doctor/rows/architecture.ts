import type { Finding } from "../../core/api/capability.ts";
import type { Facts } from "../deps.ts";

export async function architecture({ machine }: Pick<Facts, "machine">): Promise<Finding> {
  const row = "architecture";
  if (machine === "x86_64") return { row, status: "pass", message: "amd64" };
  return {
    row,
    status: "fail",
    message: `${machine}, and banger needs amd64`,
    detail: [
      "the guest kernels, the VMM drivers and the guest agent are amd64 only, and a VM runs its host's architecture",
    ],
  };
}
