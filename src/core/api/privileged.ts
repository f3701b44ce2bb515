import type { OperationArgs, OperationName } from "../privileged/index.ts";
import type { Json } from "./json.ts";

/**
 * Asks for one operation of src/core/privileged's table. This process answers when it is root, else the root helper of an
 * installed banger; with neither it throws PRIVILEGE_NEEDED.
 */
export interface Privileged {
  <N extends OperationName>(operation: N, args: OperationArgs<N>): Promise<Json>;
  /** Whether anybody answers. */
  readonly available: boolean;
}
