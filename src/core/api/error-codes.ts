/** How a code maps onto an exit status (SPEC §3) and an HTTP status of the daemon's API. */
export interface ErrorCode {
  readonly exit: 1 | 2;
  readonly http: number;
  /** One sentence for docs/errors.md: when it happens. */
  readonly when: string;
}

const usage = (when: string): ErrorCode => ({ exit: 2, http: 400, when });
const notFound = (when: string): ErrorCode => ({ exit: 1, http: 404, when });
const conflict = (when: string): ErrorCode => ({ exit: 1, http: 409, when });
const failed = (when: string): ErrorCode => ({ exit: 1, http: 500, when });

/** Every error code banger can show. docs/errors.md is generated from this table. */
export const errorCodes = {
  USAGE: usage("The command line is not one that banger understands."),
  BAD_REQUEST: usage("A request on the daemon's socket does not have the shape that the API asks for."),
  BAD_NAME: usage("A name is not 1 to 63 characters of a-z, 0-9 and -, or has a hyphen at an end."),
  BAD_SIZE: usage("A number of vcpus or an amount of memory or disk is not one that a VM can have."),
  CONFIG_INVALID: { exit: 1, http: 400, when: "config.toml has errors; every one is listed with its line." },
  VM_NOT_FOUND: notFound("No VM has that name or id."),
  VM_AMBIGUOUS: conflict("An id prefix fits more than one VM; the matches are listed."),
  VM_EXISTS: conflict("The name is taken by another VM."),
  VM_NOT_RUNNING: conflict("The command needs a running VM."),
  VM_STATE: conflict("The VM's state does not allow this; the message says which state it is in."),
  IMAGE_NOT_FOUND: notFound("No image has that name, here or in the catalog."),
  IMAGE_IN_USE: conflict("The image is the root of at least one VM."),
  IMAGE_BROKEN: failed("Files of a registered image are missing or damaged."),
  IMAGE_BUILD_FAILED: failed("An image could not be made; nothing was published."),
  KERNEL_NOT_FOUND: notFound("No kernel has that name, here or in the catalog."),
  KERNEL_IN_USE: conflict("The kernel is used by at least one VM or image."),
  KERNEL_BROKEN: failed("Files of a registered kernel are missing or damaged."),
  KERNEL_BUILD_FAILED: failed("A kernel could not be made; nothing was published."),
  TOOL_MISSING: failed("A program that this needs is not installed; the hint names its package."),
  COMMAND_FAILED: failed("A program that banger ran ended with an error."),
  VMM_UNUSABLE: failed("No virtual machine monitor can boot a guest here."),
  VMM_FAILED: failed("The virtual machine monitor did not start, or died."),
  BOOT_TIMEOUT: failed("The guest did not answer within the boot timeout."),
  BOOT_FAILED: failed("The guest gave up during its boot; the message carries its console's last line."),
  GUEST_PROTOCOL: failed("The guest agent broke the protocol; its session was ended."),
  GUEST_GONE: failed("The guest went away in the middle of a request."),
  GUEST_NOT_FOUND: notFound("A file, a directory, a user or a program does not exist in the guest."),
  GUEST_NOT_EXECUTABLE: failed("A program in the guest exists and cannot be executed."),
  GUEST_ERROR: failed("The guest agent refused or failed a request."),
  PRIVILEGE_NEEDED: failed("What was asked for needs root: run as root, or with an installed root helper."),
  PRIVILEGE_REFUSED: failed("A privileged operation was asked for something that is not banger's own."),
  HELPER_UNREACHABLE: failed(
    "The root helper of an installed banger does not answer, or went away in the middle of a request.",
  ),
  NOT_OWNER: failed("Banger is installed here for another user, who is named."),
  INSTALL_RECORD: failed("The record of the install, /etc/banger/install.toml, is damaged or is not root's alone."),
  INSTALL_FAILED: failed("Installing or uninstalling the service failed; what was done is undone."),
  NETWORK_CLASH: failed("The network that VMs would get is taken by something else on the host; it is named."),
  POOL_EXHAUSTED: failed("Every address or number of a pool is taken by another VM."),
  CONTRIBUTION_CLASH: failed("Two capabilities or drivers contribute the same thing; both are named."),
  CAPABILITY_FAILED: failed("A capability or driver failed at one of its stages; it is named."),
  PLUGIN_NOT_FOUND: notFound("No plugin has that name in the folder of plugins."),
  PLUGIN_REFUSED: conflict("A plugin is not loaded, or not let do something; the message says why."),
  PLUGIN_FAILED: failed("A plugin's process ended, hung or broke its protocol; what used it failed, and nothing else."),
  UNDO_FAILED: failed(
    "Something banger had set up could not be taken down; it stays in the journal and is tried again.",
  ),
  DISK_FULL: failed("A file system has no room for what was asked."),
  STATE_UNUSABLE: failed("The state directory or the state store cannot be used."),
  STATE_CORRUPT: failed("The state store is damaged."),
  STATE_NEWER: failed("The state store was written by a newer banger."),
  DAEMON_UNREACHABLE: failed("The daemon did not start or does not answer."),
  DAEMON_GONE: failed("The daemon went away in the middle of a request."),
  DAEMON_BUSY: conflict("The daemon has work under way that would be lost."),
  DAEMON_VERSION: failed("The running daemon has another version than this command."),
  SOCKET_PATH: failed("A socket's path is longer than the 107 bytes that Linux allows."),
  FILE_EXISTS: conflict("The target exists and would be overwritten."),
  FILE_NOT_FOUND: notFound("A file on the host does not exist."),
  CANCELLED: { exit: 1, http: 499, when: "The user or the client ended the operation; what it had done is undone." },
  INTERNAL: failed("A defect in banger; the only kind of error that shows a stack."),
} as const satisfies Record<string, ErrorCode>;

export type ErrorCodeName = keyof typeof errorCodes;
