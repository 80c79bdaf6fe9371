// Reads the framing in force: where a frame's length and CRC stand, and what they count and cover.

import {
  FRAMING_AT,
  FRAMING_CRC_AT,
  FRAMING_CRC_BIG_ENDIAN,
  FRAMING_CRC_FROM,
  FRAMING_CRC_TO_END,
  FRAMING_LENGTH_ADDS,
  FRAMING_LENGTH_AT,
  FRAMING_LENGTH_BIG_ENDIAN,
  FRAMING_LENGTH_BYTES,
} from "./layout";

// A length field of eight bytes can say more than a double holds; everything from here on is equally too large.
const LENGTH_CEILING: u64 = 1 << 53;

/** What the length field at `at` says. */
// @ts-ignore: decorator
@inline
function lengthValue(at: usize): u64 {
  const width = load<u32>(FRAMING_AT, FRAMING_LENGTH_BYTES);
  const bigEndian = load<u32>(FRAMING_AT, FRAMING_LENGTH_BIG_ENDIAN);
  if (width == 4) {
    const value = load<u32>(at);
    return bigEndian ? bswap<u32>(value) : value;
  }
  if (width == 8) {
    const value = load<u64>(at);
    return bigEndian ? bswap<u64>(value) : value;
  }
  if (width == 2) {
    const value = load<u16>(at);
    return bigEndian ? bswap<u16>(value) : value;
  }
  return load<u8>(at);
}

/** Bytes from the start of a frame to the end of its length field. */
// @ts-ignore: decorator
@inline
export function headBytes(): u32 {
  return load<u32>(FRAMING_AT, FRAMING_LENGTH_AT) + load<u32>(FRAMING_AT, FRAMING_LENGTH_BYTES);
}

/** The size of the whole frame that starts at `at`, as its length field declares it. Negative where the framing makes it so. */
// @ts-ignore: decorator
@inline
export function declaredFrameBytes(at: usize): i64 {
  const value = min(lengthValue(at + load<u32>(FRAMING_AT, FRAMING_LENGTH_AT)), LENGTH_CEILING);
  return <i64>value + <i64>load<i32>(FRAMING_AT, FRAMING_LENGTH_ADDS);
}

/** The CRC that the frame [at, at + bytes) carries. */
// @ts-ignore: decorator
@inline
export function storedCrc(at: usize, bytes: u32): u32 {
  const crcAt = load<i32>(FRAMING_AT, FRAMING_CRC_AT);
  const value = load<u32>(crcAt < 0 ? at + bytes + crcAt : at + crcAt);
  return load<u32>(FRAMING_AT, FRAMING_CRC_BIG_ENDIAN) ? bswap<u32>(value) : value;
}

/** Where what the CRC of the frame at `at` covers begins. */
// @ts-ignore: decorator
@inline
export function coveredFrom(at: usize): usize {
  return at + load<u32>(FRAMING_AT, FRAMING_CRC_FROM);
}

/** Where what the CRC of the frame [at, at + bytes) covers ends. */
// @ts-ignore: decorator
@inline
export function coveredEnd(at: usize, bytes: u32): usize {
  return at + bytes - load<u32>(FRAMING_AT, FRAMING_CRC_TO_END);
}
