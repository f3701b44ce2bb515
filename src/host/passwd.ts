export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** A line of the password file, or null. Pure. */
export function parsePasswd(line: string): PasswdEntry | null {
  const [name = "", , uid, gid, , home = ""] = line.trimEnd().split(":");
  if (name === "" || !/^\d+$/.test(uid ?? "") || !/^\d+$/.test(gid ?? "") || !home.startsWith("/")) return null;
  return { name, uid: Number(uid), gid: Number(gid), home: home.replace(/(?<=.)\/+$/, "") };
}
