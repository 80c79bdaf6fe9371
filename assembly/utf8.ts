// Strict UTF-8 validation (Unicode 15, table 3-7): no overlong form, no surrogate, nothing over U+10FFFF, nothing cut off.

const ASCII: i32 = 0;
const UTF8: i32 = 1;
const INVALID: i32 = -1;

// @ts-ignore: decorator
@inline
function isContinuation(at: usize): bool {
  return (load<u8>(at) & 0xc0) == 0x80;
}

/** The length of the well-formed sequence at `at` whose lead byte is over 0x7F; 0 if it is not well-formed. */
// @ts-ignore: decorator
@inline
function sequenceBytes(at: usize, end: usize): u32 {
  const lead = <u32>load<u8>(at);
  if (lead < 0xc2 || lead > 0xf4) return 0;
  if (lead < 0xe0) return at + 2 <= end && isContinuation(at + 1) ? 2 : 0;
  const second = at + 1 < end ? <u32>load<u8>(at, 1) : 0;
  if (lead < 0xf0) {
    // 0xE0 would be overlong below 0xA0; 0xED would be a surrogate from there on.
    const low: u32 = lead == 0xe0 ? 0xa0 : 0x80;
    const high: u32 = lead == 0xed ? 0x9f : 0xbf;
    return second >= low && second <= high && at + 3 <= end && isContinuation(at + 2) ? 3 : 0;
  }
  // 0xF0 would be overlong below 0x90; 0xF4 would be over U+10FFFF from there on.
  const low: u32 = lead == 0xf0 ? 0x90 : 0x80;
  const high: u32 = lead == 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high || at + 4 > end) return 0;
  return isContinuation(at + 2) && isContinuation(at + 3) ? 4 : 0;
}

/** The address of the first byte over 0x7F in [at, end), or `end`. */
// @ts-ignore: decorator
@inline
function skipAscii(at: usize, end: usize): usize {
  while (at + 64 <= end) {
    const any = v128.or(
      v128.or(v128.load(at), v128.load(at, 16)),
      v128.or(v128.load(at, 32), v128.load(at, 48)),
    );
    if (i8x16.bitmask(any)) break;
    at += 64;
  }
  while (at + 16 <= end) {
    const high = i8x16.bitmask(v128.load(at));
    if (high) return at + ctz(high);
    at += 16;
  }
  while (at < end && load<u8>(at) < 0x80) at++;
  return at;
}

/** 0 if [at, at + bytes) is ASCII, 1 if it is valid UTF-8 with something else in it, -1 if it is not valid. */
export function utf8Kind(at: usize, bytes: u32): i32 {
  const end = at + bytes;
  at = skipAscii(at, end);
  if (at == end) return ASCII;
  while (at < end) {
    if (load<u8>(at) < 0x80) {
      at = skipAscii(at, end);
      continue;
    }
    const length = sequenceBytes(at, end);
    if (length == 0) return INVALID;
    at += length;
  }
  return UTF8;
}
