/** Waits until something has come true; throws when it has not within the time. */
export async function eventually(what: () => boolean | Promise<boolean>, withinMs = 5000): Promise<void> {
  for (const end = performance.now() + withinMs; !(await what());) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what.toString()}`);
    await Bun.sleep(5);
  }
}
