import type { Link } from "./state.ts";

/** The alias of every bridge that banger made. */
export const bridgeMark = "banger";

/** The alias of a VM's tap, and the comment of everything else in the kernel that is the VM's. */
export const markOf = (vm: string): string => `banger ${vm}`;

/** Whether it is the mark of some VM. */
export function isVmMark(text: string | undefined): boolean {
  return text !== undefined && vmMark.test(text);
}

const vmMark = /^banger [0-9a-f]{16}$/;

export function isOurBridge({ kind, alias }: Link): boolean {
  return kind === "bridge" && alias === bridgeMark;
}

export function isOurTap({ kind, alias, name }: Link): boolean {
  return kind === "tun" && vmMark.test(alias) && name === `bt-${alias.slice(7, 19)}`;
}
