/**
 * The core: CRC-32, frame scan, segmentation, resynchronisation, UTF-8 and zstd header checks over WebAssembly, and what
 * every protocol above it shares. No protocol and no runtime is named here.
 *
 * @module
 */

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
export { FrameScanner, type FrameStatus, type ScannedFrame, type UnfinishedFrame } from "./frame_scanner.ts";
export type { Framing } from "./framing.ts";
export { LENGTH_BODY_CRC, LENGTH_CRC_BODY } from "./framings.ts";
export { ProtocolError, type ProtocolErrorInit, type ProtocolSide } from "./protocol_error.ts";
export { type AcceptOutcome, Reassembly, type SegmentGap, type SegmentHeader } from "./reassembly.ts";
export { findFrame } from "./resync.ts";
export { MAX_PARTS, planSegments, type Segment, type SegmentPlan, segmentAt } from "./segmentation.ts";
