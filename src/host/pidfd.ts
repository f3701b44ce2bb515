import { errno, libc, systemError } from "./libc.ts";

/** Numbers of the x86-64 system calls; the C library has wrappers only since glibc 2.36. */
const pidfdSendSignal = 424;
const pidfdOpen = 434;

/** A descriptor that stands for this very process, close-on-exec; null when there is no such process. The caller closes it. */
export function openPidfd(pid: number): number | null {
  const fd = libc.syscall(pidfdOpen, pid, 0, 0, 0);
  if (fd >= 0) return fd;
  const code = errno();
  if (code === "ESRCH" || code === "EINVAL") return null;
  throw systemError("pidfd_open", code);
}

/** Signals the process of the descriptor; one that is gone already is fine. */
export function signalPidfd(fd: number, signal: number): void {
  if (libc.syscall(pidfdSendSignal, fd, signal, 0, 0) === 0) return;
  const code = errno();
  if (code !== "ESRCH") throw systemError("pidfd_send_signal", code);
}
