// CRC-32/ISO-HDLC: polynomial 0x04C11DB7, reflected in and out, initial value and final exclusive-or 0xFFFFFFFF.

import { CRC_TABLES_AT, SHIFT_INDICES_AT } from "./layout";

const REFLECTED_POLYNOMIAL: u32 = 0xedb88320;

/** Table `t` maps a byte to its remainder after `t` more zero bytes. */
function fillTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = (remainder >> 1) ^ (REFLECTED_POLYNOMIAL & (0 - (remainder & 1)));
    }
    store<u32>(CRC_TABLES_AT + (byte << 2), remainder);
  }
  for (let at: usize = CRC_TABLES_AT; at < CRC_TABLES_AT + 15 * 1024; at += 4) {
    const remainder = load<u32>(at);
    store<u32>(at + 1024, (remainder >> 8) ^ load<u32>(CRC_TABLES_AT + ((remainder & 0xff) << 2)));
  }
}

function fillShiftIndices(): void {
  const nothing = i8x16.splat(-128);
  v128.store(SHIFT_INDICES_AT, nothing);
  v128.store(SHIFT_INDICES_AT + 16, i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  v128.store(SHIFT_INDICES_AT + 32, nothing);
}

fillTables();
fillShiftIndices();

// @ts-ignore: decorator
@inline
function lookup(table: u32, byte: u32): u32 {
  return load<u32>(CRC_TABLES_AT + (table << 10) + (byte << 2));
}

// @ts-ignore: decorator
@inline
function sliceWord(word: u32, table: u32): u32 {
  return (
    lookup(table + 3, word & 0xff) ^
    lookup(table + 2, (word >> 8) & 0xff) ^
    lookup(table + 1, (word >> 16) & 0xff) ^
    lookup(table, word >> 24)
  );
}

/** The register after the bytes [at, end): no inversion at either end. */
function sliceBy16(at: usize, end: usize, register: u32): u32 {
  for (; at + 16 <= end; at += 16) {
    register =
      sliceWord(load<u32>(at) ^ register, 12) ^
      sliceWord(load<u32>(at, 4), 8) ^
      sliceWord(load<u32>(at, 8), 4) ^
      sliceWord(load<u32>(at, 12), 0);
  }
  for (; at < end; at++) register = (register >> 8) ^ lookup(0, (register ^ load<u8>(at)) & 0xff);
  return register;
}

/**
 * The CRC of `bytes` bytes at `at`. `seed` is 0, or the CRC of all that came before: `crc32(b, n, crc32(a, m, 0))` is the CRC
 * of a followed by b.
 */
export function crc32(at: usize, bytes: u32, seed: u32): u32 {
  return ~sliceBy16(at, at + bytes, ~seed);
}
