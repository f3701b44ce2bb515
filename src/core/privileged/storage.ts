import { z } from "zod";
import { vmId } from "./shapes.ts";

/** Octets of the device-mapper's chunks: a block of the guest's file system, so that no write has to copy what surrounds it. */
export const chunkBytes = 4096;

/** An image's blob in the owner's state directory. */
export const blobDigest = z.string().regex(/^[0-9a-f]{64}$/, "must be the sha256 of an image");

/** Octets of a VM's disk: whole chunks, up to 16 TiB. */
const diskBytes = z
  .int()
  .min(chunkBytes)
  .max(2 ** 44)
  .multipleOf(chunkBytes);

/** The file of a VM that holds what differs from its image, in the VM's state directory. */
export const cowFile = "root.cow";

/** A VM's loop devices: the image's root file system, read-only, and its own changes. */
export const loopRoles = ["base", "cow"] as const;
export type LoopRole = (typeof loopRoles)[number];

/** What the kernel shows as a loop device's file name; up to 63 octets. It is how the device is found again. Pure. */
export const loopMark = (vm: string, role: LoopRole): string => `banger ${vm} ${role}`;

/** The VM's device nodes have a folder of their own: udev keeps its hands off it. Pure. */
export const dmFolder = "/dev/banger";
export const dmNode = (vm: string): string => `${dmFolder}/banger-${vm}`;

/** Loop devices and the device-mapper's snapshot of a VM. */
export const storageOperations = {
  "loop.attach": {
    schema: z.discriminatedUnion("role", [
      z.strictObject({ role: z.literal("base"), vm: vmId, image: blobDigest }),
      z.strictObject({ role: z.literal("cow"), vm: vmId }),
    ]),
    touches:
      "attaches a loop device to the image's rootfs.ext4 (read-only) or the VM's root.cow, both in the owner's state directory",
    refuses:
      "a file that is not the owner's or not regular, or is reached through a symbolic link; a root.cow with a second name",
  },
  "loop.detach": {
    schema: z.strictObject({ role: z.enum(loopRoles), vm: vmId }),
    touches: "detaches the loop device with the VM's mark",
    refuses: "a loop device without that mark",
  },
  "dm.create": {
    schema: z.strictObject({ vm: vmId, sizeBytes: diskBytes }),
    touches:
      "makes the device-mapper devices banger-ID and banger-ID-base on the VM's loop devices, and /dev/banger/banger-ID, which the owner may open",
    refuses: "a VM without loop devices of its own, a device of that name without banger's UUID",
  },
  "dm.remove": {
    schema: z.strictObject({ vm: vmId }),
    touches: "removes both devices and the node, which nobody can open any more",
    refuses: "a device of that name without banger's UUID, the disk of a VM that has a jail",
  },
} as const;
