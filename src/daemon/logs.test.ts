import { test } from "bun:test";
import { appendFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../test/helpers/eventually.ts";
import { scratchFolder } from "../../test/helpers/scratch.ts";
import { streamLog } from "./logs.ts";

const folder = scratchFolder();

test("who follows a log sees it begin anew", async () => {
  const path = join(folder, "log");
  writeFileSync(path, "first run\n");
  let seen = "";
  const gone = new AbortController();
  const start = () => ({
    write: async (data: string | Uint8Array) => void (seen += Buffer.from(data as Uint8Array).toString()),
    end: () => {},
  });
  const followed = streamLog(path, true, start, gone.signal);
  await eventually(() => seen === "first run\n");
  truncateSync(path);
  await Bun.sleep(20);
  appendFileSync(path, "second\n");
  await eventually(() => seen === "first run\nsecond\n");
  gone.abort();
  await followed;
});
