/**
 * The core: CRC-32, frame scan, segmentation, resynchronisation, UTF-8 and zstd header checks over WebAssembly, and what
 * every protocol above it shares. No protocol and no runtime is named here.
 *
 * @module
 */

export { ByteReader, int64, type ReadFailure } from "./byte_reader.ts";
export { ByteWriter } from "./byte_writer.ts";
export { firstOutOfRank, type LengthsRefusal, type LengthsRun, type LengthsSum, sumLengths } from "./columns.ts";
export {
  CORE_SHA256,
  Core,
  crc32,
  loadCore,
  type Utf8Kind,
  utf8Kind,
  type ZstdHeader,
  type ZstdLimits,
  type ZstdRefusal,
  zstdContentBytes,
} from "./core.ts";
export type { FieldSink, FieldType, FieldValue } from "./field_sink.ts";
export { FlaggedFrameScanner, type FlaggedFrameStatus } from "./flagged_frame_scanner.ts";
export { FrameScanner, type FrameStatus, type ScannedFrame, type UnfinishedFrame } from "./frame_scanner.ts";
export type { Framing } from "./framing.ts";
export { LENGTH_BODY_CRC, LENGTH_CRC_BODY } from "./framings.ts";
export { ProtocolError, type ProtocolErrorInit, type ProtocolSide } from "./protocol_error.ts";
export { type AcceptOutcome, Reassembly, type SegmentGap, type SegmentHeader } from "./reassembly.ts";
export { findFrame } from "./resync.ts";
export { MAX_PARTS, planSegments, type Segment, type SegmentPlan, segmentAt } from "./segmentation.ts";
