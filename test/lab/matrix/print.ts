import { Lab } from "../lab.ts";
import { victims } from "./cases.ts";
import { Matrix, stepOf, table, type Tried } from "./matrix.ts";

/**
 * Tries every death whose line (`helper stop before:dm.remove:1`) has all the texts, and prints the table. Returns the exit status: 1 when
 * something was left.
 */
export async function printMatrix(texts: readonly string[]): Promise<number> {
  const lab = await Lab.up();
  try {
    const matrix = await Matrix.on(lab);
    const wanted = matrix.cases.filter((one) => texts.every((text) => `${one.victim} ${stepOf(one)}`.includes(text)));
    const tried: Tried[] = [];
    for (const one of wanted) {
      const result = await matrix.try(one);
      tried.push(result);
      const how = result.left.length === 0 ? "ok" : `LEFT\n  ${result.left.join("\n  ")}`;
      const progress = `${tried.length}/${wanted.length} ${one.victim} ${stepOf(one)}`;
      console.error(`${progress}: ${how} (${(result.ms / 1000).toFixed(1)} s)`);
    }
    const left = await matrix.end();
    console.log([table(tried, victims), ...left].join("\n"));
    return left.length === 0 && tried.every((one) => one.left.length === 0) ? 0 : 1;
  } finally {
    await lab.down();
  }
}
