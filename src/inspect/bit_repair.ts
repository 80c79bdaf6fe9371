/** The one bit of a damaged frame whose flip makes it whole. */
import { crcCovered, declaredFrameBytes, headBytes, storedCrc } from "../core/framing.ts";
import { crc32, type Framing } from "../core/mod.ts";

/** CRC-32/ISO-HDLC, reflected. */
const POLYNOMIAL = 0xedb8_8320;

/** One bit that is wrong. */
export interface BitRepair {
  /** What the bit belongs to. */
  readonly field: "length" | "crc" | "covered";
  /** The byte, from the start of the frame. */
  readonly offset: number;
  /** 0 is the least significant one. */
  readonly bit: number;
  readonly foundByte: number;
  readonly repairedByte: number;
  /** Size of the frame once the bit is right. */
  readonly frameBytes: number;
}

/**
 * Finds the single bit, in the length field, in the CRC or in what the CRC covers, whose flip makes a frame whole. Its cost is
 * that of a few CRCs and one walk over the frame, not a CRC a bit: CRC-32 is linear, so the difference between stored and computed
 * CRC is that of the flipped bit alone, wherever the rest of the frame comes from.
 *
 * Chance makes a frame with other damage look so at most once in 2,000 times for the largest frame, and seldom for small ones.
 *
 * @param bytes from the start of the frame on, at least as far as the frame can reach, or to the end of the capture
 * @returns nothing if the frame is whole, if no single bit explains the damage, or if the framing has no CRC to tell
 *
 * @example
 * ```ts
 * import { LENGTH_BODY_CRC } from "tidewire/core";
 * const damaged = Uint8Array.of(0, 0, 0, 1, 0x60, 0x43, 0xbe, 0xb7, 0xe8); // a body "a" with its lowest bit cleared
 * findBitRepair(LENGTH_BODY_CRC, damaged); // { field: "covered", offset: 4, bit: 0, foundByte: 0x60, repairedByte: 0x61, … }
 * ```
 */
export function findBitRepair(framing: Framing, bytes: Uint8Array): BitRepair | undefined {
  if (framing.crcBytes === 0 || bytes.length < headBytes(framing)) return undefined;
  const declaredBytes = declaredFrameBytes(framing, bytes, 0);
  const isThere = isPossible(framing, declaredBytes) && declaredBytes <= bytes.length;
  const frame = isThere ? bytes.subarray(0, declaredBytes) : undefined;
  const difference = frame === undefined ? 0 : (storedCrc(framing, frame) ^ crc32(crcCovered(framing, frame))) >>> 0;
  if (frame !== undefined && difference === 0) return undefined;
  // The length has a few dozen bits and the rest up to two million: what fits there by chance is less.
  const ofLength = repairOfLength(framing, bytes);
  if (ofLength !== undefined || frame === undefined) return ofLength;
  return repairOfCrc(framing, frame, difference) ?? repairOfCovered(framing, frame, difference);
}

/**
 * The frame with the bit flipped, as a copy.
 *
 * @param bytes as they were given to {@linkcode findBitRepair}
 *
 * @example
 * ```ts
 * const repair = { field: "covered", offset: 1, bit: 0, foundByte: 2, repairedByte: 3, frameBytes: 2 } as const;
 * applyRepair(Uint8Array.of(1, 2, 9), repair); // Uint8Array [1, 3]
 * ```
 */
export function applyRepair(bytes: Uint8Array, repair: BitRepair): Uint8Array {
  const frame = bytes.slice(0, repair.frameBytes);
  frame[repair.offset] = repair.repairedByte;
  return frame;
}

function isPossible({ minFrameBytes, maxFrameBytes }: Framing, frameBytes: number): boolean {
  return frameBytes >= minFrameBytes && frameBytes <= maxFrameBytes;
}

function repairAt(field: BitRepair["field"], bytes: Uint8Array, offset: number, bit: number): BitRepair {
  const foundByte = bytes[offset]!;
  return { field, offset, bit, foundByte, repairedByte: foundByte ^ (1 << bit), frameBytes: bytes.length };
}

/** Tries each bit of the length field. All lengths are looked at in one pass over the bytes if the CRC doesn't cover them. */
function repairOfLength(framing: Framing, bytes: Uint8Array): BitRepair | undefined {
  const candidates: BitRepair[] = [];
  const flipped = bytes.slice(0, headBytes(framing));
  for (let offset = framing.lengthAt; offset < headBytes(framing); offset++) {
    for (let bit = 0; bit < 8; bit++) {
      flipped[offset]! ^= 1 << bit;
      const frameBytes = declaredFrameBytes(framing, flipped, 0);
      flipped[offset]! ^= 1 << bit;
      if (!isPossible(framing, frameBytes) || frameBytes > bytes.length) continue;
      candidates.push(repairAt("length", bytes.subarray(0, frameBytes), offset, bit));
    }
  }
  if (framing.crcFrom < headBytes(framing)) return candidates.find((candidate) => isWhole(framing, bytes, candidate));
  candidates.sort((a, b) => a.frameBytes - b.frameBytes);
  let crc = 0;
  let at = framing.crcFrom;
  for (const candidate of candidates) {
    const end = candidate.frameBytes - framing.crcToEnd;
    crc = crc32(bytes.subarray(at, end), crc);
    at = end;
    if (crc === storedCrc(framing, bytes.subarray(0, candidate.frameBytes))) return candidate;
  }
  return undefined;
}

function isWhole(framing: Framing, bytes: Uint8Array, repair: BitRepair): boolean {
  const frame = applyRepair(bytes, repair);
  return crc32(crcCovered(framing, frame)) === storedCrc(framing, frame);
}

/** A flipped bit of the stored CRC is the difference itself. */
function repairOfCrc(framing: Framing, frame: Uint8Array, difference: number): BitRepair | undefined {
  if ((difference & (difference - 1)) !== 0) return undefined;
  const significance = 31 - Math.clz32(difference);
  const at = framing.crcAt < 0 ? frame.length + framing.crcAt : framing.crcAt;
  const byte = significance >>> 3;
  return repairAt("crc", frame, at + (framing.crcBigEndian ? 3 - byte : byte), significance & 7);
}

/**
 * Walks back over what the CRC covers. A flip of the very last bit makes a difference of the polynomial; each bit before it
 * makes what one more shift makes of that. The order of the polynomial is 2^32 - 1, so no two places make the same.
 */
function repairOfCovered(framing: Framing, frame: Uint8Array, difference: number): BitRepair | undefined {
  const wanted = difference | 0;
  let made = POLYNOMIAL | 0;
  for (let offset = frame.length - framing.crcToEnd - 1; offset >= framing.crcFrom; offset--) {
    for (let bit = 7; bit >= 0; bit--) {
      if (made === wanted) {
        // With another length the frame would end elsewhere: that was looked at before.
        const isLength = offset >= framing.lengthAt && offset < headBytes(framing);
        return isLength ? undefined : repairAt("covered", frame, offset, bit);
      }
      made = (made >>> 1) ^ (POLYNOMIAL & -(made & 1));
    }
  }
  return undefined;
}
