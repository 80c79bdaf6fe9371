/** From a packet to the TCP segment in it: link layer, IP, TCP. Everything that is no TCP is passed over. */
import type { Packet } from "./packet.ts";

/** One TCP segment. */
export interface TcpSegment {
  /** `10.0.0.1:40000`, `[fe80::1]:7400`. */
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly sequence: number;
  readonly isSyn: boolean;
  readonly isFin: boolean;
  readonly isReset: boolean;
  /** What was captured of it. */
  readonly payload: Uint8Array;
  /** Where the payload starts in the file. */
  readonly fileOffset: number;
  readonly timeMs: number;
}

/** Link-layer header types (draft-ietf-opsawg-pcaplinktype). */
const LINK_NULL = 0;
const LINK_ETHERNET = 1;
const LINK_LOOP = 108;
const LINK_SLL = 113;
const LINK_SLL2 = 276;
/** Raw IP has several numbers, two of them from systems that mixed up registries. */
const LINKS_RAW: ReadonlySet<number> = new Set([12, 14, 101, 228, 229]);

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPES_VLAN: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
/** Tags in a row; more is noise. */
const MAX_VLAN_TAGS = 4;

/** The segment in a packet, if it is one of TCP and not a fragment. */
export function tcpSegmentOf(packet: Packet): TcpSegment | undefined {
  const { bytes } = packet;
  const at = internetAt(packet);
  if (at === undefined || at >= bytes.length) return undefined;
  const version = bytes[at]! >> 4;
  const found = version === 4 ? ipv4(bytes, at) : version === 6 ? ipv6(bytes, at) : undefined;
  return found === undefined ? undefined : tcp(packet, found);
}

/** Where the IP header stands; nothing if another protocol is carried. */
function internetAt({ bytes, linkType }: Packet): number | undefined {
  if (LINKS_RAW.has(linkType)) return 0;
  // Whoever wrote a loopback header put the family down in its own byte order: the IP version says the same.
  if (linkType === LINK_NULL || linkType === LINK_LOOP) return 4;
  if (linkType === LINK_SLL) return ofEthertype(bytes, 14);
  if (linkType === LINK_SLL2) return isIp(u16(bytes, 0)) ? 20 : undefined;
  return linkType === LINK_ETHERNET ? ofEthertype(bytes, 12) : undefined;
}

/** What follows the type at `at`, behind any VLAN tags. */
function ofEthertype(bytes: Uint8Array, at: number): number | undefined {
  let typeAt = at;
  for (let tags = 0; tags < MAX_VLAN_TAGS && ETHERTYPES_VLAN.has(u16(bytes, typeAt)); tags++) typeAt += 4;
  return isIp(u16(bytes, typeAt)) ? typeAt + 2 : undefined;
}

function isIp(ethertype: number): boolean {
  return ethertype === ETHERTYPE_IPV4 || ethertype === ETHERTYPE_IPV6;
}

/** What an IP header says of what it carries. */
interface Carried {
  readonly from: string;
  readonly to: string;
  readonly at: number;
  /** Where the packet ends: link layers fill up behind it. */
  readonly end: number;
}

const PROTOCOL_TCP = 6;

/** RFC 791 §3.1 */
function ipv4(bytes: Uint8Array, at: number): Carried | undefined {
  const headerBytes = (bytes[at]! & 15) * 4;
  if (at + 20 > bytes.length || headerBytes < 20 || bytes[at + 9] !== PROTOCOL_TCP) return undefined;
  // Fragments are not put together: TCP avoids them, and what they carry is said to be missing.
  if ((u16(bytes, at + 6) & 0x3fff) !== 0) return undefined;
  const totalBytes = u16(bytes, at + 2);
  // 0 stands in packets that a network card was to cut (TCP segmentation offload).
  const end = totalBytes === 0 ? bytes.length : Math.min(at + totalBytes, bytes.length);
  return { from: ipv4Text(bytes, at + 12), to: ipv4Text(bytes, at + 16), at: at + headerBytes, end };
}

/** Headers that may stand between IPv6 and TCP: hop-by-hop, routing, destination options. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const MAX_EXTENSIONS = 8;

/** RFC 8200 §3, §4 */
function ipv6(bytes: Uint8Array, start: number): Carried | undefined {
  if (start + 40 > bytes.length) return undefined;
  const payloadBytes = u16(bytes, start + 4);
  const end = payloadBytes === 0 ? bytes.length : Math.min(start + 40 + payloadBytes, bytes.length);
  let next = bytes[start + 6]!;
  let at = start + 40;
  for (let i = 0; i < MAX_EXTENSIONS && EXTENSIONS.has(next) && at + 2 <= end; i++) {
    next = bytes[at]!;
    at += (bytes[at + 1]! + 1) * 8;
  }
  if (next !== PROTOCOL_TCP) return undefined;
  return { from: `[${ipv6Text(bytes, start + 8)}]`, to: `[${ipv6Text(bytes, start + 24)}]`, at, end };
}

/** RFC 9293 §3.1 */
function tcp({ bytes, fileOffset, timeMs }: Packet, { from, to, at, end }: Carried): TcpSegment | undefined {
  if (at + 20 > end) return undefined;
  const payloadAt = at + (bytes[at + 12]! >> 4) * 4;
  if (payloadAt < at + 20 || payloadAt > end) return undefined;
  const flags = bytes[at + 13]!;
  const fromPort = u16(bytes, at);
  const toPort = u16(bytes, at + 2);
  return {
    from: `${from}:${fromPort}`,
    to: `${to}:${toPort}`,
    fromPort,
    toPort,
    sequence: ((u16(bytes, at + 4) << 16) | u16(bytes, at + 6)) >>> 0,
    isFin: (flags & 1) !== 0,
    isSyn: (flags & 2) !== 0,
    isReset: (flags & 4) !== 0,
    payload: bytes.subarray(payloadAt, end),
    fileOffset: fileOffset + payloadAt,
    timeMs,
  };
}

function u16(bytes: Uint8Array, at: number): number {
  return at + 2 <= bytes.length ? (bytes[at]! << 8) | bytes[at + 1]! : 0;
}

function ipv4Text(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

/** RFC 5952: the longest run of zeros is left out. */
function ipv6Text(bytes: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => u16(bytes, at + 2 * i));
  let run = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > run.length) run = { start, length };
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  if (run.length < 2) return text(groups);
  return `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`;
}
