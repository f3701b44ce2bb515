/** What a value can be completed with: names that the daemon knows, the shell's own files, or a fixed list. */
export type Completes = "vm" | "running-vm" | "image" | "kernel" | "plugin" | "file" | "vm-or-file" | readonly string[];
