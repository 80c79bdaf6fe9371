// Checks of columns: what a receiver has to know of a table of numbers and texts before it believes it.

import { RESULT_AT } from "./layout";

const ENDED: i32 = -1;
const PADDED: i32 = -2;
const TOO_LONG: i32 = -3;

/**
 * Reads `count` uvarints in [at, end) as lengths and sums them up from `total`. With `bias` 1 a value of 0 stands for
 * "nothing" and k + 1 for k. Where `endsAt` is not 0 the running sum behind each is written there, a word each. Returns the
 * address behind the last one and leaves the sum in the result word, or returns what is wrong: -1 the bytes end, -2 a value
 * is not in its shortest form, -3 the sum is over 2^31.
 */
export function sumLengths(at: usize, end: usize, count: u32, bias: u32, total: u32, endsAt: usize): i32 {
  let sum: u64 = total;
  let i: u32 = 0;
  if (endsAt == 0) {
    // Nearly all lengths are single bytes: sixteen at a time while that is so.
    while (i + 16 <= count && at + 16 <= end) {
      const values = v128.load(at);
      if (i8x16.bitmask(values)) break;
      const pairs = i16x8.extadd_pairwise_i8x16_u(values);
      const quads = i32x4.extadd_pairwise_i16x8_u(pairs);
      const halves = i32x4.add(quads, i8x16.shuffle(quads, quads, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
      sum += i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1);
      if (bias) sum -= popcnt(i8x16.bitmask(i8x16.ne(values, i8x16.splat(0))));
      at += 16;
      i += 16;
    }
  }
  for (; i < count; i++) {
    if (at >= end) return ENDED;
    let value: u64 = load<u8>(at++);
    if (value >= 0x80) {
      value &= 0x7f;
      let shift: u64 = 7;
      let byte: u64;
      do {
        if (at >= end) return ENDED;
        if (shift > 28) return TOO_LONG;
        byte = load<u8>(at++);
        value |= (byte & 0x7f) << shift;
        shift += 7;
      } while (byte >= 0x80);
      if (byte == 0) return PADDED;
    }
    sum += value - <u64>(value != 0) * bias;
    if (endsAt != 0) store<u32>(endsAt + (<usize>i << 2), <u32>sum);
    if (sum > 0x7fff_ffff) return TOO_LONG;
  }
  store<u32>(RESULT_AT, <u32>sum);
  return <i32>at;
}

/**
 * The index of the first of `count` entries that is out of rank, or `count`: f32 values descend, and where two are equal the
 * u32 ids beside them don't descend. A value that is not a number is out of rank.
 */
export function firstOutOfRank(valuesAt: usize, idsAt: usize, count: u32): u32 {
  let i: u32 = 1;
  while (i < count) {
    const values = valuesAt + (<usize>i << 2);
    if (i + 4 <= count && v128.all_true<i32>(f32x4.lt(v128.load(values), v128.load(values - 4)))) {
      i += 4;
      continue;
    }
    const value = load<f32>(values);
    const before = load<f32>(values - 4);
    const ids = idsAt + (<usize>i << 2);
    if (!(value < before || (value == before && load<u32>(ids) >= load<u32>(ids - 4)))) return i;
    i++;
  }
  return count;
}
