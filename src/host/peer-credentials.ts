import { errno, libc, systemError } from "./libc.ts";

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

const solSocket = 1;
const soPeercred = 17;

/** Who was at the other end of a unix socket when it connected. Throws the system's error for a descriptor that is none. */
export function peerCredentials(fd: number): PeerCredentials {
  const credentials = new Int32Array(3); // struct ucred
  const length = new Uint32Array([credentials.byteLength]);
  if (libc.getsockopt(fd, solSocket, soPeercred, credentials, length) !== 0) throw systemError("getsockopt", errno());
  const [pid = 0, uid = 0, gid = 0] = new Uint32Array(credentials.buffer);
  return { pid, uid, gid };
}
