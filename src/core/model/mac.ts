/** A locally administered unicast address of a VM, the same at each start. Pure. */
export function macOf(vmId: string): string {
  return ["02", ...(vmId.match(/../g) ?? []).slice(0, 5)].join(":");
}
