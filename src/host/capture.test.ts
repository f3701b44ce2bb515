import { expect, test } from "bun:test";
import fc from "fast-check";
import { Capture, maxOutput } from "./capture.ts";

const stream = (chunks: readonly Uint8Array[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  }).getReader();

/** The bytes of a text, cut at the given places. */
function cut(text: string, places: readonly number[]): Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

test("lines and text are the same wherever the chunks are cut", async () => {
  const texts = fc
    .array(fc.constantFrom("a", "é", "𝄞", "\n", "\r\n", "\r", " "), { maxLength: 30 })
    .map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(texts, fc.array(fc.nat(), { maxLength: 6 }), async (text, places) => {
      const lines: string[] = [];
      const capture = new Capture(
        () => {},
        (line) => lines.push(line),
      );
      await capture.drain(stream(cut(text, places)));
      expect(capture.text()).toBe(text);
      const wanted = text.split(/\r\n|\r|\n/);
      if (wanted.at(-1) === "") wanted.pop();
      expect(lines).toEqual(wanted);
    }),
  );
});

test("what is too much is said once and dropped", async () => {
  let said = 0;
  const capture = new Capture(() => said++);
  const chunk = new Uint8Array(2 ** 20).fill(97);
  await capture.drain(stream(Array.from({ length: 12 }, () => chunk)));
  expect(said).toBe(1);
  expect(capture.text().length).toBe(maxOutput);
});
