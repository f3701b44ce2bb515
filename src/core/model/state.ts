export const vmStates = ["created", "starting", "running", "stopping", "stopped", "error"] as const;
export type VmState = (typeof vmStates)[number];

/** Every legal transition. What is not here is a defect or a VM_STATE error. */
export const transitions: { readonly [From in VmState]: readonly VmState[] } = {
  created: ["starting"],
  starting: ["running", "stopping", "created", "stopped", "error"],
  running: ["stopping"],
  stopping: ["stopped", "error"],
  stopped: ["starting"],
  error: ["starting", "stopping", "stopped"],
};

export function mayMove(from: VmState, to: VmState): boolean {
  return transitions[from].includes(to);
}

/** States in which nothing of the VM's run scope should exist on the host. */
export function isAtRest(state: VmState): boolean {
  return state === "created" || state === "stopped";
}
