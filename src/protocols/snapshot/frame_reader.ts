/** Frames of a capture to rows in the shape of the vectors (`fixtures/snapshot/*.json`). */
import type { FieldSink } from "../../core/mod.ts";
import type { FrameReader, FrameRow, ReaderOptions, RowValue } from "../definition.ts";
import { AgentAssemblies } from "./agent_assemblies.ts";
import { checkEnvelope, decodeEnvelope, decodeSegment } from "./decode.ts";
import { type ControlMessage, decodeControl } from "./decode_control.ts";
import { idHex } from "./ids.ts";
import type { Envelope, Extension, SnapshotPayload } from "./messages.ts";
import type { SnapshotColumns } from "./snapshot_columns.ts";
import { decompressContent, openSnapshot } from "./snapshot_content.ts";
import { checkSnapshotId } from "./snapshot_receiver.ts";
import { snapshotPayload } from "./snapshot_rows.ts";
import { FLAG_COMPRESSED, FLAG_SEGMENTED, MAX_SNAPSHOT_BYTES } from "./wire.ts";

/** Decodes frames one by one and puts segmented snapshots together, each agent's apart as a server does (spec §6.7). */
export class SnapshotFrameReader implements FrameReader {
  readonly #options: ReaderOptions;
  readonly #assemblies: AgentAssemblies = new AgentAssemblies();

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  read(frame: Uint8Array, sink?: FieldSink): FrameRow {
    const decoded = decodeEnvelope(frame, sink);
    checkEnvelope(decoded);
    const { envelope, payloadAt } = decoded;
    const row = envelopeRow(envelope);
    if (envelope.type !== "snapshot") return { ...row, payload: controlRow(decodeControl(frame, decoded, sink)) };
    if ((envelope.flags & FLAG_SEGMENTED) === 0) {
      const columns = this.#open(frame.subarray(payloadAt), envelope.flags, sink, payloadAt);
      return { ...row, payload: snapshotRow(snapshotPayload(columns)) };
    }
    const { slice, ...segment } = decodeSegment(frame, payloadAt, sink);
    const outcome = this.#assemblies
      .of(envelope.agentId)
      .take({ ...segment, slice }, envelope.flags, envelope.messageId, frame, []);
    const part = { ...row, segment: { ...segment, snapshotId: idHex(segment.snapshotId), bytes: slice.length } };
    if (outcome.type !== "whole") return part;
    const columns = this.#open(outcome.whole.content, envelope.flags, sink);
    checkSnapshotId(columns.snapshotId, segment.snapshotId);
    return { ...part, payload: snapshotRow(snapshotPayload(columns)) };
  }

  /** @param payloadAt where the content stands in the frame, if it stands in one frame */
  #open(content: Uint8Array, flags: number, sink?: FieldSink, payloadAt?: number): SnapshotColumns {
    const compressed = (flags & FLAG_COMPRESSED) !== 0;
    const options = { compressed, compressor: this.#options.compressor, maxSnapshotBytes: MAX_SNAPSHOT_BYTES };
    if (sink === undefined) return openSnapshot(content, options);
    if (!compressed && payloadAt !== undefined)
      return openSnapshot(content, { ...options, sink: sinkAt(sink, payloadAt) });
    if (sink.enterContent === undefined) return openSnapshot(content, options);
    const opened = compressed ? decompressContent(content, options) : content;
    sink.enterContent(opened);
    const columns = openSnapshot(opened, { ...options, compressed: false, sink });
    sink.leaveContent?.();
    return columns;
  }
}

/** Offsets of a payload as offsets of its frame. */
function sinkAt(sink: FieldSink, payloadAt: number): FieldSink {
  return {
    open: (name, offset) => sink.open(name, offset + payloadAt),
    field: (name, value, offset, bytes, type) => sink.field(name, value, offset + payloadAt, bytes, type),
    close: (offset) => sink.close(offset + payloadAt),
  };
}

function envelopeRow({ version, extensions, messageId, ...rest }: Envelope): FrameRow {
  return {
    version: `${version.major}.${version.minor}`,
    type: rest.type,
    flags: rest.flags,
    platform: rest.platform,
    messageId: idHex(messageId),
    timestampUtcMs: rest.timestampUtcMs,
    agentId: rest.agentId,
    envelopeExtensions: extensions.map(extensionRow),
  };
}

function extensionRow({ tag, bytes }: Extension): FrameRow {
  return { tag, bytes: idHex(bytes) };
}

function controlRow({ payload }: ControlMessage): RowValue {
  const row: Record<string, RowValue> = {};
  for (const [name, value] of Object.entries(payload) as [string, string | number | Uint8Array | Extension[]][]) {
    if (value instanceof Uint8Array) row[name] = idHex(value);
    else if (Array.isArray(value)) row[name] = value.map(extensionRow);
    else row[name] = value;
  }
  return row;
}

function snapshotRow({ snapshotId, processes, extensions, ...rest }: SnapshotPayload): FrameRow {
  return {
    snapshotId: idHex(snapshotId),
    ...rest,
    processes: processes.map((process) => ({ ...process })),
    extensions: extensions.map(extensionRow),
  };
}
