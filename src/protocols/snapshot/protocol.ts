/** The snapshot protocol's entry in the catalogue. */
import type { ProtocolError } from "../../core/mod.ts";
import type { SessionProtocol } from "../definition.ts";
import { SnapshotError } from "./errors.ts";
import { SnapshotFrameOutliner } from "./frame_outliner.ts";
import { SnapshotFrameReader } from "./frame_reader.ts";
import { SNAPSHOT_INSPECTION } from "./inspection.ts";
import { scanError } from "./message_intake.ts";
import { openSessions } from "./open_sessions.ts";
import { SnapshotReencoder } from "./reencode.ts";
import { MESSAGE_TYPES, SNAPSHOT_FRAMING } from "./wire.ts";

export const SNAPSHOT_PROTOCOL: SessionProtocol = {
  name: "snapshot",
  title: "monitoring snapshots 1.0",
  layout: { type: "framed", framing: SNAPSHOT_FRAMING, errorOfScan: (scanned) => scanError(scanned) },
  messageTypes: Object.keys(MESSAGE_TYPES),
  ports: [7400],
  createReader: (options) => new SnapshotFrameReader(options),
  createOutliner: (contents) => new SnapshotFrameOutliner(contents),
  createReencoder: (options) => new SnapshotReencoder(options),
  openSessions,
  errorOfEnd: (offset, bytes) =>
    new SnapshotError("TRUNCATED", `${bytes} bytes of a frame`, "the rest of it", { offset }),
  errorNameOf: (error: ProtocolError) => (error instanceof SnapshotError ? error.errorName : error.code),
  inspection: SNAPSHOT_INSPECTION,
};
