export const vmStates = ["created", "starting", "running", "stopping", "stopped", "error"] as const;
export type VmState = (typeof vmStates)[number];

/**
 * Every legal transition; to stay is one. What is not here is a defect or a VM_STATE error. A VM that was found dead goes from `running` to
 * `stopped` at once; a delete passes through `stopping`; whatever cannot be undone makes `error` of any state.
 */
export const transitions: { readonly [From in VmState]: readonly VmState[] } = {
  created: ["starting", "stopping", "error"],
  starting: ["running", "stopping", "created", "stopped", "error"],
  running: ["stopping", "stopped", "error"],
  stopping: ["stopped", "error"],
  stopped: ["starting", "stopping", "error"],
  error: ["starting", "stopping", "created", "stopped"],
};

export function mayMove(from: VmState, to: VmState): boolean {
  return from === to || transitions[from].includes(to);
}

/** States in which nothing of the VM's run scope should exist on the host. */
export function isAtRest(state: VmState): boolean {
  return state === "created" || state === "stopped";
}
