import type { Finding } from "../core/api/capability.ts";

/** One row as `banger doctor --json` shows it: a Finding with nothing left out. */
export interface DoctorRow {
  readonly row: string;
  readonly status: Finding["status"];
  readonly message: string;
  readonly detail: readonly string[];
  /** The command that mends it, as an argv; null where there is none that can just be run. */
  readonly fix: readonly string[] | null;
}

export interface DoctorReport {
  /** Of the banger that made the report. */
  readonly version: string;
  /** Whether `vm run` works here: no row fails. Exit 0 exactly then, else 3. */
  readonly works: boolean;
  readonly failures: number;
  readonly warnings: number;
  /** In the order in which people should read them. */
  readonly rows: readonly DoctorRow[];
}

/** Pure: counts the findings and fills in what they left out. */
export function toReport(version: string, findings: readonly Finding[]): DoctorReport {
  const count = (status: Finding["status"]): number => findings.filter((finding) => finding.status === status).length;
  const failures = count("fail");
  return {
    version,
    works: failures === 0,
    failures,
    warnings: count("warn"),
    rows: findings.map(({ row, status, message, detail = [], fix = null }) => ({ row, status, message, detail, fix })),
  };
}
