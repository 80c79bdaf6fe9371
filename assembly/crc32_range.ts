// The CRC of any range of one region, at a cost that does not grow with the range: resynchronisation asks for thousands of long
// ranges that overlap, and bytes that are made to look like the starts of large frames must not make it quadratic.
// With R(a, b, r) the register after [a, b) from r, and x the shift by one bit:
//   R(base, b, 0) = R(a, b, 0) ^ R(base, a, 0) * x^(8 (b - a))   (mod P)
// so two registers from the base and one product give any range.

import { RANGE_CHECKPOINTS_AT, RANGE_HIGH_POWERS_AT, RANGE_LOW_POWERS_AT, STAGING_BYTES } from "./layout";
import { afterZero, slice } from "./crc32_slice";

const REFLECTED_POLYNOMIAL: u32 = 0xedb88320;

/** x^0: in the reflected form the highest bit. */
const ONE: u32 = 0x80000000;

/** A register is kept for every 32 bytes from the base on: what is left to read is a few steps of slicing. */
const CHECKPOINT_SHIFT: usize = 5;

/** Powers of x^8 up to 511, and of x^(8 * 512). */
const LOW_SHIFT: usize = 9;
const LOW_POWERS: usize = 1 << LOW_SHIFT;

let base: usize = 0;
let checkpoints: usize = 0;
let readBytes: u32 = 0;

/** b * x */
// @ts-ignore: decorator
@inline
function shifted(b: u32): u32 {
  return (b >> 1) ^ (REFLECTED_POLYNOMIAL & (0 - (b & 1)));
}

/** Adds b where bit `bit` from the top of a lane is set. */
// @ts-ignore: decorator
@inline
function added(sums: v128, lanes: v128, bit: i32, b: u32): v128 {
  return v128.xor(sums, v128.and(i32x4.shr_s(i32x4.shl(lanes, bit), 31), i32x4.splat(b)));
}

/** The product of two remainders: the four bytes of `a` side by side, bit by bit, and then one behind the other. */
function multiply(a: u32, b: u32): u32 {
  const lanes = i32x4.replace_lane(
    i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(a), 1, a << 8), 2, a << 16),
    3,
    a << 24,
  );
  const b1 = shifted(b);
  const b2 = shifted(b1);
  const b3 = shifted(b2);
  const b4 = shifted(b3);
  const b5 = shifted(b4);
  const b6 = shifted(b5);
  let even = added(added(i64x2.splat(0), lanes, 0, b), lanes, 2, b2);
  let odd = added(added(i64x2.splat(0), lanes, 1, b1), lanes, 3, b3);
  even = added(added(even, lanes, 4, b4), lanes, 6, b6);
  odd = added(added(odd, lanes, 5, b5), lanes, 7, shifted(b6));
  const sums = v128.xor(even, odd);
  let product: u32 = i32x4.extract_lane(sums, 3);
  product = afterZero(product) ^ i32x4.extract_lane(sums, 2);
  product = afterZero(product) ^ i32x4.extract_lane(sums, 1);
  return afterZero(product) ^ i32x4.extract_lane(sums, 0);
}

function fillPowers(at: usize, count: usize, factor: u32): void {
  let power = ONE;
  for (let i: usize = 0; i < count; i++, at += 4) {
    store<u32>(at, power);
    power = multiply(power, factor);
  }
}

/** x^(8 * bytes). */
// @ts-ignore: decorator
@inline
function powerOf(bytes: usize): u32 {
  const low = load<u32>(RANGE_LOW_POWERS_AT + ((bytes & (LOW_POWERS - 1)) << 2));
  const high = load<u32>(RANGE_HIGH_POWERS_AT + ((bytes >> LOW_SHIFT) << 2));
  return multiply(low, high);
}

/** R(base, at, 0). */
function registerAt(at: usize): u32 {
  const whole = (at - base) >> CHECKPOINT_SHIFT;
  for (; checkpoints < whole; checkpoints++) {
    const known = RANGE_CHECKPOINTS_AT + (checkpoints << 2);
    const from = base + (checkpoints << CHECKPOINT_SHIFT);
    store<u32>(known, slice(from, from + (1 << CHECKPOINT_SHIFT), load<u32>(known)), 4);
  }
  const from = base + (whole << CHECKPOINT_SHIFT);
  readBytes += <u32>(at - from);
  return slice(from, at, load<u32>(RANGE_CHECKPOINTS_AT + (whole << 2)));
}

/** Starts afresh: what follows asks for ranges of the INPUT_BYTES from `at` on, which stay as they are. */
export function beginRanges(at: usize): void {
  base = at;
  checkpoints = 0;
  readBytes = 0;
  store<u32>(RANGE_CHECKPOINTS_AT, 0);
  if (load<u32>(RANGE_LOW_POWERS_AT) == ONE) return;
  fillPowers(RANGE_LOW_POWERS_AT, LOW_POWERS, ONE >> 8);
  const highest = RANGE_LOW_POWERS_AT + ((LOW_POWERS - 1) << 2);
  fillPowers(RANGE_HIGH_POWERS_AT, (STAGING_BYTES >> LOW_SHIFT) + 1, multiply(load<u32>(highest), ONE >> 8));
}

/** Bytes that were read since. */
export function rangeBytes(): u32 {
  return readBytes + <u32>(checkpoints << CHECKPOINT_SHIFT);
}

/** The CRC of [from, end), at most STAGING_BYTES. */
export function rangeCrc32(from: usize, end: usize): u32 {
  return ~(registerAt(end) ^ multiply(registerAt(from) ^ 0xffffffff, powerOf(end - from)));
}
