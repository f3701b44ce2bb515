import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ProgressEvent } from "../core/api/events.ts";
import { BangerError } from "../core/api/errors.ts";
import { createHost } from "../host/index.ts";
import { embeddedCatalog } from "./catalog.ts";
import { Images } from "./images.ts";
import type { Builder, BuiltImage, Job } from "./source.ts";
import type { AptSource } from "../../imagecat/schema.ts";

const name = "debian-bookworm";
const host = createHost({ env: process.env });
let dir: string;
let attempts: number;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "banger-images-"));
  attempts = 0;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Images whose sources are taken by a function instead of by mmdebstrap. */
function images(build: (job: Job) => Promise<string>, catalog = embeddedCatalog()): Images {
  const apt: Builder<AptSource, BuiltImage> = {
    describe: () => "making it up",
    origin: () => "test",
    async build(_, job) {
      attempts++;
      const content = await build(job);
      await mkdir(join(job.dir, "out"));
      await writeFile(join(job.dir, "out/rootfs.ext4"), content);
      return { dir: join(job.dir, "out"), source: "test" };
    },
  };
  return new Images({ host, dir: join(dir, "images"), uid: process.getuid!(), catalog }, { apt });
}

const partial = (): Promise<string[]> => readdir(join(dir, "images/partial"));

describe("a pull", () => {
  test("publishes files, manifest and sizes, and tells how it goes", async () => {
    const events: ProgressEvent[] = [];
    const library = images(async (job) => {
      job.progress({ label: "working", done: 1, total: 2, unit: "files" });
      return "root";
    });
    const image = await library.pull(name, { emit: (event) => events.push(event) });
    expect(image).toMatchObject({ name, architecture: "amd64", sizeBytes: 4, kernel: "debian-cloud", source: "test" });
    expect(await Bun.file(image.rootfs).text()).toBe("root");
    expect(image.digest).toBe(new Bun.CryptoHasher("sha256").update("root").digest("hex"));
    expect(events.map(({ type }) => type)).toEqual(["step-start", "step-progress", "step-end"]);
    expect(events[0]).toMatchObject({ step: "image", subject: name, detail: "not here yet: making it up" });
    expect(await library.list()).toEqual([image]);
    expect(await library.rootfs(image.digest)).toBe(image.rootfs);
    expect(await partial()).toEqual([]);
  });

  test("of what is here does nothing, unless forced or damaged", async () => {
    const library = images(async () => `root ${attempts}`);
    const first = await library.pull(name);
    expect(await library.pull(name)).toEqual(first);
    const second = await library.pull(name, { force: true });
    expect(second.digest).not.toBe(first.digest);
    // Who was made from the first one keeps it.
    expect(await library.rootfs(first.digest)).toBe(first.rootfs);
    await rm(second.rootfs);
    expect(library.verify(name)).rejects.toMatchObject({ code: "IMAGE_BROKEN" });
    await library.pull(name);
    await library.verify(name);
    expect(attempts).toBe(3);
  });

  test("repairs a blob whose file has the wrong size", async () => {
    const library = images(async () => "same");
    const { rootfs } = await library.pull(name);
    await writeFile(rootfs, "sam");
    await library.pull(name);
    expect(await Bun.file(rootfs).text()).toBe("same");
    await library.verify(name);
  });

  test("by two at once makes it once", async () => {
    const library = images(async () => Bun.sleep(20).then(() => "root"));
    const [one, two] = await Promise.all([library.pull(name), library.pull(name)]);
    expect(one).toEqual(two);
    expect(attempts).toBe(1);
  });

  test("that fails or is cancelled leaves nothing", async () => {
    const library = images(async (job) => {
      await writeFile(join(job.dir, "half"), "x");
      await host.run(["false"]);
      return "";
    });
    const error: unknown = await library.pull(name).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "IMAGE_BUILD_FAILED", state: "nothing was published" });
    expect((error as BangerError).detail[0]).toContain("false");
    const waiting = images(
      async ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("x")))),
    );
    expect(waiting.pull(name, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: "CANCELLED" });
    await Bun.sleep(60);
    expect(await partial()).toEqual([]);
    expect(await library.list()).toEqual([]);
  });

  test("takes the next source when one fails", async () => {
    const catalog = embeddedCatalog();
    catalog.images[0]!.sources.push(catalog.images[0]!.sources[0]!);
    const events: ProgressEvent[] = [];
    const library = images(async () => {
      if (attempts === 1) throw new BangerError("TOOL_MISSING", "no mmdebstrap here");
      return "second";
    }, catalog);
    await library.pull(name, { emit: (event) => events.push(event) });
    expect(events.find(({ type }) => type === "notice")).toMatchObject({
      message: "no mmdebstrap here: trying the next source",
    });
  });

  test("of an unknown name says what is near", async () => {
    expect(images(async () => "").pull("debian-bokworm")).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
      hint: "did you mean debian-bookworm?",
    });
  });
});

test("removing takes the files unless somebody uses them; the sweep takes what is left", async () => {
  const library = images(async () => "root");
  const { digest, rootfs } = await library.pull(name);
  await library.remove(name, new Set([digest]));
  expect(await library.get(name)).toBeNull();
  expect(await library.rootfs(digest)).toBe(rootfs);
  await library.sweep(new Set([digest]));
  expect(await library.rootfs(digest)).toBe(rootfs);
  await library.sweep(new Set());
  expect(await library.rootfs(digest)).toBeNull();
  expect(library.remove(name)).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
});

test("looking around makes no directory and minds no stray file", async () => {
  const library = images(async () => "root");
  expect(await library.list()).toEqual([]);
  expect(await readdir(dir)).toEqual([]);
  await library.pull(name);
  await writeFile(join(dir, "images/names/%.json"), "");
  await writeFile(join(dir, "images/names/broken.json"), "{");
  expect((await library.list()).map((image) => image.name)).toEqual([name]);
});

test("the sweep takes what dead processes left, and leaves the living alone", async () => {
  const library = images(async () => "root");
  const { pid, startTime } = await host.self();
  const [alive, dead] = [`a.${pid}-${startTime}.00000000`, `a.${pid}-${startTime - 1}.00000000`];
  for (const left of [alive, dead, "stray"]) await mkdir(join(dir, "images/partial", left), { recursive: true });
  await library.sweep(new Set());
  expect(await partial()).toEqual([alive]);
});
