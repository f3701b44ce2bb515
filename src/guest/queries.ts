import type { GuestHealth, GuestPort } from "../core/api/guest.ts";
import { Fields, readList, shownText, violation } from "./record.ts";

const initStates: ReadonlySet<string> = new Set(["none", "starting", "running", "degraded", "stopping"]);

/** Of a HEALTH or WAIT_BOOT answer's text. Throws GUEST_PROTOCOL. */
function initState(text: string): GuestHealth["init"] {
  if (!initStates.has(text)) throw violation(`an init state called ${JSON.stringify(text)}`);
  return text as GuestHealth["init"];
}

export function readHealth(list: Uint8Array): GuestHealth {
  const fields = new Fields(list, "its health");
  return {
    uptimeMs: fields.u64(1),
    init: initState(fields.text(2, 16)),
    load: fields.u32(3) / 100,
    memoryTotalBytes: fields.u64(4) * 1024,
    memoryAvailableBytes: fields.u64(5) * 1024,
    diskTotalBytes: fields.u64(6),
    diskAvailableBytes: fields.u64(7),
    processes: fields.u32(8),
  };
}

export function readBootState(list: Uint8Array): GuestHealth["init"] {
  return initState(new Fields(list, "its boot state").text(1, 16));
}

export function readPorts(list: Uint8Array): readonly GuestPort[] {
  return readList(list)
    .filter(({ tag }) => tag === 1)
    .map(({ body }) => readPort(new Fields(body, "a port")));
}

function readPort(fields: Fields): GuestPort {
  const protocol = fields.text(1, 8);
  if (protocol !== "tcp" && protocol !== "udp") throw violation(`a protocol called ${JSON.stringify(protocol)}`);
  const name = fields.optional(4);
  return {
    protocol,
    address: fields.text(2, 64),
    port: fields.u16(3),
    ...(name !== undefined && { process: shownText(name, 64) }),
    ...(fields.optional(5) !== undefined && { pid: fields.u32(5) }),
  };
}
