/** Tries until it works; past the time, what the last try threw is the error. */
export async function retry<T>(attempt: () => Promise<T>, withinMs = 10_000): Promise<T> {
  for (const end = performance.now() + withinMs; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await Bun.sleep(20);
    }
  }
}
