// The memory map. Every region is fixed: nothing is ever allocated and the memory never grows, so that a host's views
// (and a read that is pending into one of them) stay valid for the life of the realm.
// A page that nobody writes costs no private memory, which is why the large regions come last.

/** 11 words: the framing in force, in the order of the FRAMING_* offsets below. Written by the facade. */
export const FRAMING_AT: usize = 64;

export const FRAMING_LENGTH_AT: usize = 0;
export const FRAMING_LENGTH_BYTES: usize = 4;
export const FRAMING_LENGTH_BIG_ENDIAN: usize = 8;
export const FRAMING_LENGTH_ADDS: usize = 12; // i32
export const FRAMING_CRC_BYTES: usize = 16; // 4, or 0 where the framing has none
export const FRAMING_CRC_AT: usize = 20; // i32; negative counts from the end of the frame
export const FRAMING_CRC_BIG_ENDIAN: usize = 24;
export const FRAMING_CRC_FROM: usize = 28;
export const FRAMING_CRC_TO_END: usize = 32;
export const FRAMING_MIN_FRAME_BYTES: usize = 36;
export const FRAMING_MAX_FRAME_BYTES: usize = 40;

/** One word: the second result of a kernel that has two. */
export const RESULT_AT: u32 = 112;

/** Sixteen 0x80, the indices 0 to 15, sixteen 0x80: a window on it is a byte shift for `i8x16.swizzle`. */
export const SHIFT_INDICES_AT: usize = 128;

/** Sixteen tables of 256 words for slicing-by-16. */
export const CRC_TABLES_AT: usize = 4_096;

/** What is left over of the CRC's bit fold, and of its byte fold. */
export const BIT_FOLD_LEFT_AT: usize = 192;
export const BYTE_FOLD_LEFT_AT: usize = 256;

/** Scratch of the CRC's byte fold: small enough to stay in the first-level cache beside the input. */
export const BYTE_FOLD_AT: usize = 20_480;
export const BYTE_FOLD_BYTES: usize = 8_192;

/** Rows that `scanFrames` writes in one call at most. */
export const FRAME_ROWS: u32 = 4_096;

/** offset, length, status, stored CRC, computed CRC. */
export const FRAME_ROW_BYTES: u32 = 20;

export const FRAME_TABLE_AT: usize = 65_536;

/** 4 words and then an entry for each received part, sorted by part index: the reassembly that is resident. */
export const RECORD_AT: usize = 163_840;
export const RECORD_HEADER_BYTES: u32 = 16;
export const RECORD_ENTRY_BYTES: u32 = 12;

/** A part's index is a 16-bit number. */
export const MAX_PARTS: u32 = 65_535;

/** Resynchronisation: powers of x. */
export const RANGE_LOW_POWERS_AT: usize = 970_752;
export const RANGE_HIGH_POWERS_AT: usize = 974_848;

/** Where the facade copies what doesn't lie in this memory. 512 KiB hold two of the largest frames that the kit has. */
export const STAGING_AT: usize = 983_040;
export const STAGING_BYTES: usize = 524_288;

/** The host's own: no kernel and no facade ever writes here. 1 MiB and a carried tail. */
export const INPUT_AT: usize = 1_507_328;
export const INPUT_BYTES: usize = 1_114_112;

/** Resynchronisation: a CRC register for every 32 bytes of the INPUT_BYTES at most that it looks at. Nobody writes here before. */
export const RANGE_CHECKPOINTS_AT: usize = 2_621_440;
