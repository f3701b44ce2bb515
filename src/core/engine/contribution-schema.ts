import { z } from "zod";
import type { Contributions } from "../api/contributions.ts";
import { holdTo } from "./hold.ts";

/** Characters of all that one stage of one participant may contribute. */
const limit = 16 * 2 ** 20;

/** Text that may stand in an argument, a mount option or a path: no control characters. */
const line = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => !/\p{Cc}/u.test(value), "must have no control characters");
/** Text that C can hold. */
const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => !value.includes("\0"), "must have no NUL");
const path = line(4000).refine(isNormal, "must be absolute, without a last or doubled slash, . or ..");
const id = z.string().regex(/^[a-z0-9-]{1,20}$/, "must be 1 to 20 of a-z, 0-9 and -");
const device = z.string().regex(/^[A-Za-z0-9_.-]{1,15}$/, "must be the name of a network interface");
const userId = z
  .int()
  .min(0)
  .max(2 ** 32 - 2);

/** What the kernel's start and the VM's end stand on. */
const ownKernelArgs = ["init", "rdinit", "initrd", "noinitrd", "root", "reboot", "panic", "--"];
/** What the agent mounts for itself and every guest. */
const ownMounts = ["/dev", "/dev/pts", "/dev/shm", "/proc", "/run", "/sys", "/sys/fs/cgroup", "/run/banger-mount"];
/** What the agent writes, or is no file at all. */
const ownFiles = [
  "/etc/hostname",
  "/etc/hosts",
  "/etc/resolv.conf",
  "/run/systemd/private",
  "/run/systemd/system/serial-getty@ttyS0.service",
  "/run/tmpfiles.d/tmp.conf",
];
const ownFolders = ["/dev", "/lib/modules", "/proc", "/run/banger-mount", "/sys"];

const drive = z.strictObject({ id, path, readonly: z.boolean() });

const nic = z.strictObject({
  id,
  mac: z
    .string()
    .regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i, "must be the MAC address of one machine, like 02:00:00:00:00:01"),
  backend: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("user") }),
    z.strictObject({
      kind: z.literal("tap"),
      name: device,
      bridge: device.optional(),
      namespace: z
        .strictObject({ pid: z.int().positive(), startTime: z.number().nonnegative(), marker: line(4000) })
        .optional(),
    }),
  ]),
  guest: z
    .strictObject({
      address: z.cidrv4(),
      gateway: z.ipv4().optional(),
      nameservers: z.array(z.ipv4()).max(8).optional(),
      mtu: z.int().min(576).max(65_535).optional(),
    })
    .optional(),
});

const kernelArg = z
  .string()
  .regex(/^[\x21\x23-\x7e]{1,256}$/, "must be 1 to 256 characters without spaces or quotes")
  .refine((arg) => !ownKernelArgs.includes(nameOfKernelArg(arg)), "is banger's own");

const root = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("overlay"), base: id, upper: id, bound: z.array(path).max(32) }),
  z.strictObject({ kind: z.literal("disk"), drive: id }),
]);

const mount = z.strictObject({
  drive: id.optional(),
  target: path.refine((target) => !ownMounts.includes(target), "is banger's own"),
  type: z.string().regex(/^[a-z0-9._-]{1,32}$/, "must be the name of a file system"),
  options: line(1000).optional(),
  seed: z.boolean().optional(),
  grow: z.boolean().optional(),
  optional: z.boolean().optional(),
});

const file = z
  .strictObject({
    path: path.refine((target) => !isOwnFile(target), "is banger's own"),
    mode: z.int().min(0).max(0o7777),
    uid: userId.optional(),
    gid: userId.optional(),
    content: z.string().max(4 * 2 ** 20),
    encoding: z.enum(["utf8", "base64"]).optional(),
    ifMissing: z.boolean().optional(),
    secret: z.boolean().optional(),
  })
  .refine(({ content, encoding }) => encoding !== "base64" || isBase64(content), {
    path: ["content"],
    error: "must be base64",
  })
  .refine(({ secret, path }) => secret !== true || path.startsWith("/run/"), {
    path: ["path"],
    error: "must be below /run where the file is a secret",
  })
  .refine(({ secret, ifMissing }) => secret !== true || ifMissing !== true, {
    path: ["ifMissing"],
    error: "a secret is always written",
  });

/** Variables of a program in the guest, by name. */
export const environment = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/, "must be the name of a variable"), text(32 * 1024))
  .refine((variables) => Object.keys(variables).length <= 256, "must be 256 variables at most");

const command = z.strictObject({
  argv: z
    .array(text(32 * 1024))
    .min(1)
    .max(256)
    .refine(([program]) => program !== "", "must name a program"),
  env: environment.optional(),
  cwd: path.or(z.literal("/")).optional(),
  user: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/, "must be the name or number of a user")
    .optional(),
  timeoutMs: z.int().min(1).max(3_600_000).optional(),
});

const contributions = z.strictObject({
  drives: z.array(drive).max(16).optional(),
  nics: z.array(nic).max(8).optional(),
  kernelArgs: z.array(kernelArg).max(32).optional(),
  root: root.optional(),
  mounts: z.array(mount).max(32).optional(),
  files: z.array(file).max(256).optional(),
  env: environment.optional(),
  commands: z.array(command).max(32).optional(),
  channel: z
    .strictObject({ name: z.string().regex(/^[a-z][a-z0-9.-]{0,31}$/, "must be 1 to 32 of a-z, 0-9, . and -") })
    .optional(),
});

/** What a participant's stage gave, held to its shape. Throws CAPABILITY_FAILED, naming the participant and every problem but no value. */
export function checkContributions(by: string, stage: string, value: unknown): Contributions {
  return holdTo(contributions, by, `contributions at ${stage}`, value, limit) as Contributions;
}

/** `loglevel` of `loglevel=3`. */
export function nameOfKernelArg(arg: string): string {
  return arg.split("=", 1)[0] ?? arg;
}

function isNormal(path: string): boolean {
  return /^(\/[^/]{1,255})+$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path);
}

function isBase64(text: string): boolean {
  try {
    return Uint8Array.fromBase64(text) !== null;
  } catch {
    return false;
  }
}

function isOwnFile(path: string): boolean {
  return ownFiles.includes(path) || ownFolders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}
