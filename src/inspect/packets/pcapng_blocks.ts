/** What stands in the blocks of a pcapng file (draft-ietf-opsawg-pcapng §4.2 to §4.4, appendix A). */
import type { Packet } from "./packet.ts";

const OPTION_END = 0;
const OPTION_TIME_RESOLUTION = 9;
const OPTION_TIME_OFFSET = 14;
/** Microseconds, unless the interface says otherwise. */
const DEFAULT_UNITS_PER_MS = 1_000;

/** Where packets were captured. */
export interface CaptureInterface {
  readonly linkType: number;
  /** The most that is kept of a packet; 0 for no limit. */
  readonly snapBytes: number;
  readonly unitsPerMs: number;
  /** What is to be added to every time. */
  readonly offsetMs: number;
}

/** An Interface Description Block's body; nothing if it is too short. */
export function readInterface(body: Uint8Array, littleEndian: boolean): CaptureInterface | undefined {
  if (body.length < 8) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  let unitsPerMs = DEFAULT_UNITS_PER_MS;
  let offsetMs = 0;
  for (let at = 8; at + 4 <= body.length; ) {
    const code = view.getUint16(at, littleEndian);
    const length = view.getUint16(at + 2, littleEndian);
    const value = at + 4;
    if (code === OPTION_END || value + length > body.length) break;
    if (code === OPTION_TIME_RESOLUTION && length >= 1) unitsPerMs = unitsOf(view.getUint8(value));
    if (code === OPTION_TIME_OFFSET && length >= 8) offsetMs = Number(view.getBigInt64(value, littleEndian)) * 1_000;
    at = value + ((length + 3) & ~3);
  }
  return {
    linkType: view.getUint16(0, littleEndian),
    snapBytes: view.getUint32(4, littleEndian),
    unitsPerMs,
    offsetMs,
  };
}

/** if_tsresol: a power of ten, or of two if the highest bit is set. */
function unitsOf(resolution: number): number {
  const exponent = resolution & 0x7f;
  return ((resolution & 0x80) === 0 ? 10 ** exponent : 2 ** exponent) / 1_000;
}

/** The packet of a block; `fileOffset` counts in the body. Nothing if the block holds less than it says. */
export function packetOf(
  type: number,
  body: Uint8Array,
  littleEndian: boolean,
  interfaces: readonly CaptureInterface[],
): Packet | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (type === 3) {
    const [first] = interfaces;
    if (body.length < 4 || first === undefined) return undefined;
    const originalBytes = view.getUint32(0, littleEndian);
    const kept = first.snapBytes === 0 ? originalBytes : Math.min(originalBytes, first.snapBytes);
    return packetAt(body, 4, Math.min(kept, body.length - 4), Number.NaN, first.linkType);
  }
  if (body.length < 20) return undefined;
  // The obsolete block counts interfaces in two bytes, with lost packets in the other two.
  const on = interfaces[type === 2 ? view.getUint16(0, littleEndian) : view.getUint32(0, littleEndian)];
  if (on === undefined) return undefined;
  const units = view.getUint32(4, littleEndian) * 0x1_0000_0000 + view.getUint32(8, littleEndian);
  return packetAt(body, 20, view.getUint32(12, littleEndian), units / on.unitsPerMs + on.offsetMs, on.linkType);
}

function packetAt(body: Uint8Array, at: number, bytes: number, timeMs: number, linkType: number): Packet | undefined {
  if (at + bytes > body.length) return undefined;
  return { type: "packet", bytes: body.subarray(at, at + bytes), fileOffset: at, timeMs, linkType };
}
