import { ptr } from "bun:ffi";
import { closeSync } from "node:fs";
import { errno, libc, systemError } from "./libc.ts";

/** Numbers of the x86-64 system calls, and of <linux/netlink.h> and <linux/rtnetlink.h>. */
const [sysSocket, sysBind] = [41, 49];
const afNetlink = 16;
/** SOCK_RAW, SOCK_CLOEXEC and SOCK_NONBLOCK. */
const socketType = 0x3 | 0x80000 | 0x800;
/**
 * RTMGRP_LINK, RTMGRP_IPV4_IFADDR and RTMGRP_IPV4_ROUTE: the routes of an interface that goes away go without a word. The last is
 * RTNLGRP_IPV4_NETCONF: whether it forwards.
 */
const groups = 0x1 | 0x10 | 0x40 | 0x800000;

/** How long to wait before opening it anew when the kernel had more to say than the socket holds, in milliseconds. */
const reopenMs = 1000;

/** See Host.watchRoutes. Needs no privileges. */
export function watchRoutes(onChange: () => void, signal: AbortSignal): void {
  if (signal.aborted) return;
  let socket: Bun.Socket | undefined;
  const close = (): void => {
    socket?.terminate();
  };
  signal.addEventListener("abort", close, { once: true });
  const handlers = {
    open: (opened: Bun.Socket) => {
      socket = opened;
      if (signal.aborted) close();
    },
    data: onChange,
    error: () => {},
    close: () => {
      signal.removeEventListener("abort", close);
      if (signal.aborted) return;
      setTimeout(() => {
        watchRoutes(onChange, signal);
        if (!signal.aborted) onChange();
      }, reopenMs).unref();
    },
  };
  const fd = openSocket();
  // Bun's event loop takes the descriptor of any socket.
  Bun.connect({ fd, socket: handlers } as unknown as Bun.UnixSocketOptions).then(
    (opened) => opened.unref(),
    () => closeSync(fd),
  );
}

function openSocket(): number {
  const fd = libc.syscall(sysSocket, afNetlink, socketType, 0, 0);
  if (fd < 0) throw systemError("socket", errno());
  const address = new DataView(new ArrayBuffer(12)); // struct sockaddr_nl: family, padding, port, groups
  address.setUint16(0, afNetlink, true);
  address.setUint32(8, groups, true);
  if (libc.syscall(sysBind, fd, ptr(address), address.byteLength, 0) === 0) return fd;
  const code = errno();
  closeSync(fd);
  throw systemError("bind", code);
}
