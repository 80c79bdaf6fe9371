/** What this protocol tells those who explain its captures. */
import type { ProtocolError } from "../../core/mod.ts";
import type { ByteRange, ProtocolInspection } from "../inspection.ts";
import { SnapshotWatch } from "./capture_watch.ts";
import { decodeEnvelope, decodeSegment } from "./decode.ts";
import { SnapshotError } from "./errors.ts";
import { EXPLANATIONS } from "./explanations.ts";
import { SnapshotFrameEditor } from "./frame_editor.ts";
import { ROW_FIELDS } from "./row_fields.ts";
import { FROM_SERVERS, messageRowOf } from "./row_shape.ts";
import { timelineMarks } from "./timeline_marks.ts";
import { FLAG_COMPRESSED, FLAG_SEGMENTED } from "./wire.ts";

/** The inspection of the snapshot protocol. */
export const SNAPSHOT_INSPECTION: ProtocolInspection = {
  specPath: "src/protocols/snapshot/SPEC.md",
  explanations: EXPLANATIONS,
  fields: ROW_FIELDS,
  idOf: (row) => messageRowOf(row).messageId,
  isFromServer: (row) => FROM_SERVERS.has(messageRowOf(row).type),
  rangeOf,
  createWatch: () => new SnapshotWatch(),
  createEditor: (options) => new SnapshotFrameEditor(options),
  marksOf: timelineMarks,
  loadReplay: async () => (await import("./replay.ts")).createReplay,
};

/** Offsets of a reader's errors count from the start of the frame, or of a snapshot's content; here they are told apart. */
function rangeOf(frame: Uint8Array, { offset, code }: ProtocolError): ByteRange | undefined {
  if (offset === undefined) return undefined;
  let contentAt = 0;
  if (code === "snapshot/payload-malformed") {
    const { envelope, payloadAt } = decodeEnvelope(frame);
    if (envelope.type === "snapshot") {
      if ((envelope.flags & FLAG_SEGMENTED) !== 0) {
        // A part that can be read by itself belongs to a whole that can't: its bytes are spread over several frames.
        if (isReadablePart(frame, payloadAt)) return undefined;
      } else if ((envelope.flags & FLAG_COMPRESSED) !== 0) return { start: payloadAt, end: frame.length };
      else contentAt = payloadAt;
    }
  }
  const start = contentAt + offset;
  return start >= frame.length ? undefined : { start, end: start + 1 };
}

function isReadablePart(frame: Uint8Array, payloadAt: number): boolean {
  try {
    decodeSegment(frame, payloadAt);
    return true;
  } catch (error) {
    if (error instanceof SnapshotError) return false;
    throw error;
  }
}
