import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip as gunzipCallback } from "node:zlib";
import { BangerError } from "../../core/api/errors.ts";
import { argv } from "../ext4.ts";
import type { Job } from "../source.ts";
import { findTools } from "../tools.ts";
import { unpackLz4Legacy } from "./lz4.ts";
import { findPayload, type Packing } from "./vmlinuz.ts";

const gunzip = promisify(gunzipCallback);

/** No kernel is larger, unpacked: octets. */
const limit = 1 << 30;

/** Programs that unpack a file in place, and the ending by which they know it. Options in the order of the program's manual. */
const programs: Partial<Record<Packing, readonly [program: string, ending: string]>> = {
  bzip2: ["bzip2", "bz2"],
  lzma: ["xz", "lzma"],
  xz: ["xz", "xz"],
  lzo: ["lzop", "lzo"],
};

/** The ELF inside a kernel file. Throws KERNEL_BUILD_FAILED, or TOOL_MISSING where this host lacks the unpacker. */
export async function unpackKernel(job: Job, file: Uint8Array): Promise<Uint8Array> {
  try {
    const { packing, data } = findPayload(file);
    return await unpack(job, packing, data);
  } catch (error) {
    if (error instanceof BangerError && error.code !== "COMMAND_FAILED") throw error;
    throw new BangerError("KERNEL_BUILD_FAILED", `the kernel cannot be unpacked: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** A module's ELF where the file is packed, null where it is not. */
export async function unpackModule(job: Job, path: string): Promise<Uint8Array | null> {
  const packing = ({ gz: "gzip", xz: "xz", zst: "zstd" } as const)[path.slice(path.lastIndexOf(".") + 1) as "gz"];
  return packing === undefined ? null : await unpack(job, packing, await readFile(path));
}

async function unpack(job: Job, packing: Packing, data: Uint8Array): Promise<Uint8Array> {
  switch (packing) {
    case "elf":
      return data;
    case "gzip":
      return gunzip(data);
    case "zstd":
      return Bun.zstdDecompress(data);
    case "lz4":
      return unpackLz4Legacy(data, limit);
    default: {
      const [program, ending] = programs[packing]!;
      const tools = await findTools(job.host, `to unpack a kernel packed by ${packing}`, [program]);
      const file = join(job.dir, `packed.${ending}`);
      await writeFile(file, data);
      await job.host.run(argv([tools[program]!, "-d", "-f", file]), { signal: job.signal });
      return readFile(join(job.dir, "packed"));
    }
  }
}
