import { BangerError } from "../../core/api/errors.ts";

/** Of sun_path, without the NUL at its end. */
const maxSocketBytes = 107;

/** The path as it is. Pure; throws SOCKET_PATH when Linux cannot bind a socket there. */
export function socketPath(path: string): string {
  const bytes = new TextEncoder().encode(path).length;
  if (bytes <= maxSocketBytes) return path;
  throw new BangerError(
    "SOCKET_PATH",
    `the socket path ${path} is ${bytes} bytes long, ${maxSocketBytes} are allowed`,
    {
      hint: "set XDG_RUNTIME_DIR to a shorter directory",
    },
  );
}
