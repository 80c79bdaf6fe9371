// The module's surface. Linear memory in, offset tables out; every kernel says at its own place what it takes and gives.

export { firstOutOfRank, sumLengths } from "./columns";
export { crc32 } from "./crc32";
export { scanFlaggedFrames } from "./flagged_scan";
export { findFrame, scanFrames, searchedBytes } from "./scan";
export { acceptPart } from "./segment";
export { utf8Kind } from "./utf8";
export { zstdContentBytes } from "./zstd_header";

// The memory map, as globals: the facade reads it from here and holds no second copy.
export {
  FRAMING_AT,
  FRAME_ROWS,
  FRAME_ROW_BYTES,
  FRAME_TABLE_AT,
  INPUT_AT,
  INPUT_BYTES,
  MAX_PARTS,
  RECORD_AT,
  RESULT_AT,
  STAGING_AT,
  STAGING_BYTES,
} from "./layout";
