// The guard before a decompressor: what the header of a zstd frame (RFC 8878 §3.1.1.1) says, or why it is refused.

const MAGIC: u32 = 0xfd2fb528;

const NOT_ZSTD: f64 = -1;
const TRUNCATED: f64 = -2;
const RESERVED_BIT: f64 = -3;
const DICTIONARY: f64 = -4;
const CONTENT_SIZE_MISSING: f64 = -5;
const CONTENT_TOO_LARGE: f64 = -6;
const WINDOW_TOO_LARGE: f64 = -7;

/** RFC 8878 §3.1.1.1.2: an exponent of five bits and a mantissa of three. */
// @ts-ignore: decorator
@inline
function windowBytes(descriptor: u32): u64 {
  const base: u64 = <u64>1 << (10 + (descriptor >> 3));
  return base + (base >> 3) * (descriptor & 7);
}

/** RFC 8878 §3.1.1.1.4: the two-byte form counts from 256. */
// @ts-ignore: decorator
@inline
function contentSize(at: usize, width: u32): u64 {
  if (width == 1) return load<u8>(at);
  if (width == 2) return <u64>load<u16>(at) + 256;
  if (width == 4) return load<u32>(at);
  return load<u64>(at);
}

/**
 * The content size that the zstd frame in [at, at + bytes) declares, or a negative refusal: -1 not a zstd frame, -2 header
 * cut off, -3 reserved bit set, -4 wants a dictionary, -5 no content size, -6 content over its limit, -7 window over its
 * limit.
 */
export function zstdContentBytes(at: usize, bytes: u32, maxContentBytes: f64, maxWindowBytes: f64): f64 {
  // A short start that could still become the magic number is cut off, not foreign.
  for (let i: u32 = 0; i < min<u32>(bytes, 4); i++) {
    if (load<u8>(at + i) != ((MAGIC >> (i << 3)) & 0xff)) return NOT_ZSTD;
  }
  if (bytes < 5) return TRUNCATED;
  const descriptor = <u32>load<u8>(at, 4);
  const singleSegment = (descriptor & 0x20) != 0;
  const sizeFlag = descriptor >> 6;
  if (descriptor & 0x08) return RESERVED_BIT;
  if (descriptor & 0x03) return DICTIONARY;
  const width: u32 = sizeFlag == 0 ? (singleSegment ? 1 : 0) : 1 << sizeFlag;
  if (width == 0) return CONTENT_SIZE_MISSING;
  const sizeAt: u32 = singleSegment ? 5 : 6;
  if (bytes < sizeAt + width) return TRUNCATED;
  const content = contentSize(at + sizeAt, width);
  if (<f64>content > maxContentBytes) return CONTENT_TOO_LARGE;
  // RFC 8878 §3.1.1.1.2: in a single segment the window is the content.
  if (!singleSegment && <f64>windowBytes(load<u8>(at, 5)) > maxWindowBytes) return WINDOW_TOO_LARGE;
  return <f64>content;
}
