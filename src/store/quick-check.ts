import type { Database } from "bun:sqlite";

/** What SQLite finds wrong with a database, in one line, or null. */
export function quickCheck(db: Database): string | null {
  const verdict =
    db.query<{ quick_check: string }, []>("PRAGMA quick_check(1)").get()?.quick_check ?? "it says nothing of itself";
  return verdict === "ok" ? null : verdict.replaceAll("\n", " ");
}
