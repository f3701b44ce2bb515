import {
  AUTHORITATIVE_ANSWER,
  decode,
  encode,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
  type Answer,
  type DecodedPacket,
  type OptAnswer,
  type Packet,
  type Question,
} from "dns-packet";
import { probeAddress, probeName, topName, type Zone } from "./zone.ts";

/** What both transports may answer with: 512 octets is UDP's limit where the asker names none, 1232 what fits any path's packets. */
export const udpBytes = 512;
const largestUdpBytes = 1232;
export const tcpBytes = 65_535;

const headerBytes = 12;
/** A question needs no record but OPT and perhaps a signature; dns-packet would make room for as many as a header claims. */
const maxAdditionals = 4;

const rcodes = { formErr: 1, nxDomain: 3, notImp: 4, refused: 5 } as const;
/** Rcode 16 does not fit the header: its upper bits stand in OPT. */
const badVersion = 16;

type Verdict = Pick<Packet, "answers" | "authorities"> & { readonly rcode: number };

/** No answer may be remembered: a VM can come or go at any moment. */
const ttl = 0;

const soa: Answer = {
  type: "SOA",
  name: topName,
  ttl,
  data: { mname: topName, rname: `banger.${topName}`, serial: 1, refresh: 60, retry: 60, expire: 60, minimum: ttl },
};

/**
 * The answer to one datagram or one TCP message, or null where there is to be none: for what is no query, so that no two servers ever
 * answer each other. Pure; never throws.
 */
export function answer(query: Buffer, zone: Zone, limit: typeof udpBytes | typeof tcpBytes): Buffer | null {
  if (query.length < headerBytes || (query[2]! & 0x80) !== 0) return null;
  if ((query[2]! & 0x78) !== 0) return headerOnly(query, rcodes.notImp);
  const counts = [4, 6, 8, 10].map((at) => query.readUInt16BE(at));
  if (counts[0] !== 1 || counts[1] !== 0 || counts[2] !== 0 || counts[3]! > maxAdditionals)
    return headerOnly(query, rcodes.formErr);
  try {
    return answerOne(query, decode(query), zone, limit);
  } catch {
    return headerOnly(query, rcodes.formErr);
  }
}

function answerOne(query: Buffer, packet: DecodedPacket, zone: Zone, limit: number): Buffer {
  const [question] = packet.questions as [Question];
  const options = (packet.additionals ?? []).filter((record): record is OptAnswer => record.type === "OPT");
  const [edns] = options;
  if (options.length > 1 || (edns !== undefined && edns.name !== ".")) return headerOnly(query, rcodes.formErr);
  const known = edns === undefined || edns.ednsVersion === 0;
  const verdict: Verdict = known ? judge(question, zone) : { rcode: badVersion };
  const response: Packet & { readonly flags: number } = {
    id: query.readUInt16BE(0),
    type: "response",
    flags:
      (packet.flags! & RECURSION_DESIRED) |
      (verdict.rcode === rcodes.refused ? 0 : AUTHORITATIVE_ANSWER) |
      (verdict.rcode & 0xf),
    questions: [question],
    additionals: edns === undefined ? [] : [optOf(verdict.rcode)],
  };
  const bytes = encode({ ...response, answers: verdict.answers ?? [], authorities: verdict.authorities ?? [] });
  // A question comes back as it was asked, octet for octet; one that does not was never well-formed (a dot or a pointer in its name).
  const end = headerBytes + questionBytes(question);
  if (end > query.length || !bytes.subarray(headerBytes, end).equals(query.subarray(headerBytes, end)))
    return headerOnly(query, rcodes.formErr);
  const room = Math.max(limit, limit === udpBytes ? Math.min(edns?.udpPayloadSize ?? 0, largestUdpBytes) : 0);
  return bytes.length <= room ? bytes : encode({ ...response, flags: response.flags | TRUNCATED_RESPONSE });
}

function judge({ name, type, class: kind }: Question, zone: Zone): Verdict {
  // dns-packet's word for types and classes that it does not know is no word of its types.
  const asked = type as string;
  if (kind !== "IN" || asked === "AXFR" || asked === "IXFR") return { rcode: rcodes.refused };
  const lower = /^[\x21-\x7e]+$/.test(name) ? name.toLowerCase() : name;
  const wants = (what: string): boolean => asked === what || asked === "ANY";
  const nothing: Verdict = { rcode: 0, authorities: [soa] };
  if (lower === topName) return wants("SOA") ? { rcode: 0, answers: [{ ...soa, name }] } : nothing;
  if (lower.endsWith(`.${topName}`)) {
    const entry = lower === probeName ? { address: probeAddress } : zone.find(lower.slice(0, -(topName.length + 1)));
    if (entry === null) return { rcode: rcodes.nxDomain, authorities: [soa] };
    if (entry.address === null || !wants("A")) return nothing;
    return { rcode: 0, answers: [{ type: "A", name, ttl, data: entry.address }] };
  }
  const reversed = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa$/.exec(lower)?.slice(1);
  const vm = reversed === undefined ? null : zone.nameOf(reversed.toReversed().join("."));
  if (vm === null) return { rcode: rcodes.refused };
  if (!wants("PTR")) return { rcode: 0 };
  return { rcode: 0, answers: [{ type: "PTR", name, ttl, data: `${vm}.${topName}` }] };
}

function optOf(rcode: number): OptAnswer {
  return {
    type: "OPT",
    name: ".",
    udpPayloadSize: largestUdpBytes,
    extendedRcode: rcode >> 4,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
}

/** Length of a question whose name was not compressed. */
function questionBytes({ name }: Question): number {
  return (name === "." ? 1 : Buffer.byteLength(name) + 2) + 4;
}

/** An error without a question: there is none that could be repeated. */
function headerOnly(query: Buffer, rcode: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  // Opcode and RD as they came.
  header[2] = 0x80 | (query[2]! & 0x79);
  header[3] = rcode;
  return header;
}
