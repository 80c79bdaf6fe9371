/** What each fault of these files means. They are read only: no receiver answers any more. */
import type { Explanation, SpecPlace } from "../inspection.ts";
import type { DemoErrorName } from "./errors.ts";

const FRAMES: SpecPlace = { section: "§1", anchor: "1-frames" };
const BODY: SpecPlace = { section: "§2", anchor: "2-body" };
const PAYLOADS: SpecPlace = { section: "§3", anchor: "3-payloads" };
const ERRORS: SpecPlace = { section: "§4", anchor: "4-errors" };

/** By the names of the protocol, so that the compiler refuses a table with a hole. */
const OF_ERRORS: Readonly<Record<DemoErrorName, readonly [title: string, spec: SpecPlace, receiver: string]>> = {
  FRAME_TOO_LARGE: [
    "A length over the maximum",
    FRAMES,
    "A reader buffers nothing of it, and goes on at the next frame whose CRC holds.",
  ],
  FRAME_MALFORMED: [
    "A body that can't be one",
    BODY,
    "A reader gives this frame up and goes on at the next one; behind a length that is too small it looks for a frame whose CRC holds.",
  ],
  CRC_MISMATCH: [
    "The CRC does not hold",
    FRAMES,
    "A reader gives the frame up, and goes on where its length says if a good frame is there, else at the next one whose CRC holds.",
  ],
  UNKNOWN_MESSAGE_TYPE: [
    "A message type that is not known",
    BODY,
    "A reader gives this frame up and goes on at the next one.",
  ],
  PAYLOAD_MALFORMED: [
    "A payload that breaks its own rules",
    PAYLOADS,
    "A reader gives this frame up and goes on at the next one.",
  ],
  PAYLOAD_TOO_LARGE: [
    "A payload that would be too large",
    BODY,
    "A reader gives this frame up before anything is decompressed, and goes on at the next one.",
  ],
  DECOMPRESSION_FAILED: [
    "Compressed content that can't be decompressed",
    BODY,
    "A reader gives this frame up and goes on at the next one.",
  ],
  TRUNCATED: ["The end lies inside a frame", ERRORS, "A reader has every frame before it."],
};

const SKIPPED: Explanation = {
  code: "SKIPPED_BYTES",
  severity: "warning",
  title: "Bytes that were skipped",
  receiver: "A reader looks for the next frame whose CRC holds.",
  spec: FRAMES,
};

/** Every code, with what explains it. */
export const EXPLANATIONS: readonly Explanation[] = [
  ...Object.entries(OF_ERRORS).map(([code, [title, spec, receiver]]): Explanation => {
    return { code, severity: "error", title, spec, receiver };
  }),
  SKIPPED,
];
