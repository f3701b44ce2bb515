import { BangerError } from "../core/api/errors.ts";

/** What fits into sockaddr_un.sun_path beside its NUL, in bytes. */
const longest = 107;

/** Returns the path if a socket can have it. @throws BangerError SOCKET_PATH */
export function checkSocketPath(path: string): string {
  const bytes = Buffer.byteLength(path);
  if (bytes <= longest) return path;
  throw new BangerError("SOCKET_PATH", `the socket path ${path} is ${bytes} bytes long, Linux allows ${longest}`, {
    hint: "set XDG_RUNTIME_DIR to a shorter directory",
  });
}
