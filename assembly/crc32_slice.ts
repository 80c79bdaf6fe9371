// Slicing-by-16: sixteen bytes a step through sixteen tables. The way for short input and for what the folds leave over.

import { CRC_TABLES_AT } from "./layout";

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

fillTables();

// @ts-ignore: decorator
@inline
function lookup(table: usize, byte: u32): u32 {
  return load<u32>(CRC_TABLES_AT + (table << 10) + (byte << 2));
}

/** The remainder of the register, exclusive-or four bytes of input, that `table` more bytes follow. */
// @ts-ignore: decorator
@inline
function registerPart(word: u32, table: usize): u32 {
  return (
    lookup(table + 3, word & 0xff) ^
    lookup(table + 2, (word >> 8) & 0xff) ^
    lookup(table + 1, (word >> 16) & 0xff) ^
    lookup(table, word >> 24)
  );
}

/** The remainder of the four bytes at `at` that `table` more bytes follow. A load for each is faster than shifts (measured). */
// @ts-ignore: decorator
@inline
function inputPart(at: usize, table: usize): u32 {
  return (
    lookup(table + 3, load<u8>(at)) ^
    lookup(table + 2, load<u8>(at, 1)) ^
    lookup(table + 1, load<u8>(at, 2)) ^
    lookup(table, load<u8>(at, 3))
  );
}

/** The register after a byte 0. */
// @ts-ignore: decorator
@inline
export function afterZero(register: u32): u32 {
  return (register >> 8) ^ lookup(0, register & 0xff);
}

/** The register after the bytes [at, end). */
export function slice(at: usize, end: usize, register: u32): u32 {
  for (; at + 16 <= end; at += 16) {
    register =
      registerPart(load<u32>(at) ^ register, 12) ^ inputPart(at + 4, 8) ^ inputPart(at + 8, 4) ^ inputPart(at + 12, 0);
  }
  if (at + 8 <= end) {
    register = registerPart(load<u32>(at) ^ register, 4) ^ inputPart(at + 4, 0);
    at += 8;
  }
  if (at + 4 <= end) {
    register = registerPart(load<u32>(at) ^ register, 0);
    at += 4;
  }
  for (; at < end; at++) register = (register >> 8) ^ lookup(0, (register ^ load<u8>(at)) & 0xff);
  return register;
}
