/** What may cross the journal, the daemon's socket and the wall to a plugin's process. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}
