/** Fields of this protocol's frames, set by decoding a frame, changing the value and encoding it again. */
import { ProtocolError } from "../../core/mod.ts";
import type { ReaderOptions } from "../definition.ts";
import type { EditValue, FrameEditor } from "../inspection.ts";
import { decodeEnvelope, decodeSegment } from "./decode.ts";
import { type ControlMessage, decodeControl } from "./decode_control.ts";
import { decodeSnapshotColumns } from "./decode_snapshot.ts";
import { encodeControl, encodeFrame, encodeSegmentHeader } from "./encode.ts";
import { encodeSnapshot } from "./encode_snapshot.ts";
import type { Envelope, Extension, ProcessRow, SnapshotPayload } from "./messages.ts";
import { decompressContent } from "./snapshot_content.ts";
import { snapshotPayload } from "./snapshot_rows.ts";
import { FLAG_COMPRESSED, FLAG_SEGMENTED, MAX_SNAPSHOT_BYTES } from "./wire.ts";

/** A value with fields that can be set. */
type Fields = { readonly [name: string]: unknown };

/** Sets fields of Snapshot frames and of all others. */
export class SnapshotFrameEditor implements FrameEditor {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  set(frame: Uint8Array, path: string, value: EditValue): Uint8Array {
    const decoded = decodeEnvelope(frame);
    const { envelope, payloadAt } = decoded;
    const payload = frame.subarray(payloadAt);
    const [group, ...rest] = path.split(".") as [string, ...string[]];
    const isPart = (envelope.flags & FLAG_SEGMENTED) !== 0;
    if (group === "envelope") return encodeFrame(withEnvelopeField(envelope, rest, value, path), payload);
    if (group === "segment" && isPart) {
      const segment = withField(decodeSegment(frame, payloadAt), rest, value, path);
      return encodeFrame(envelope, encodeSegmentHeader(segment), segment.slice);
    }
    if (group !== "payload" || isPart) throw notEncodable(path);
    if (envelope.type === "snapshot")
      return encodeFrame(envelope, this.#snapshot(envelope, payload, rest, value, path));
    const message = decodeControl(frame, decoded);
    const changed = { ...message, payload: withPayloadField(message.payload, rest, value, path) } as ControlMessage;
    return encodeFrame(envelope, encodeControl(changed));
  }

  #snapshot(envelope: Envelope, content: Uint8Array, path: string[], value: EditValue, whole: string): Uint8Array {
    const { compressor } = this.#options;
    const isCompressed = (envelope.flags & FLAG_COMPRESSED) !== 0;
    const found = isCompressed
      ? decompressContent(content, { compressor, maxSnapshotBytes: MAX_SNAPSHOT_BYTES })
      : content;
    const snapshot = snapshotPayload(decodeSnapshotColumns(found));
    const encoded = encodeSnapshot(ranked(withPayloadField(snapshot, path, value, whole)));
    return isCompressed ? compressor!.compress(encoded) : encoded;
  }
}

/** The order is the rank (spec §4): what was set may change it. */
function ranked(snapshot: SnapshotPayload): SnapshotPayload {
  const processes = [...snapshot.processes].sort((a, b) => b.cpuPct - a.cpuPct || a.pid - b.pid);
  return { ...snapshot, processes };
}

function withEnvelopeField(envelope: Envelope, path: readonly string[], value: EditValue, whole: string): Envelope {
  const [name] = path;
  const { version } = envelope;
  if (name === "versionMajor") return { ...envelope, version: { ...version, major: value as number } };
  if (name === "versionMinor") return { ...envelope, version: { ...version, minor: value as number } };
  return withPayloadField(envelope, path, value, whole);
}

/** Fields of a message; its extensions and processes are lists whose items have fields. */
function withPayloadField<T extends { readonly extensions: readonly Extension[] }>(
  message: T,
  path: readonly string[],
  value: EditValue,
  whole: string,
): T {
  const [first, ...rest] = path;
  const extension = indexIn(first, "extension");
  if (extension !== undefined) {
    return { ...message, extensions: withItemField(message.extensions, extension, rest, value, whole) };
  }
  const process = indexIn(first, "process");
  if (process === undefined) return withField(message, path, value, whole);
  const { processes } = message as unknown as { readonly processes?: readonly ProcessRow[] };
  return { ...message, processes: withItemField(processes ?? [], process, rest, value, whole) };
}

function withItemField<T extends object>(
  items: readonly T[],
  index: number,
  path: readonly string[],
  value: EditValue,
  whole: string,
): readonly T[] {
  const item = items[index];
  if (item === undefined) throw notEncodable(whole);
  return items.with(index, withField(item, path, value, whole));
}

/** A field that the value has, of the kind that it has. Lengths and counts follow from what they count. */
function withField<T extends object>(fields: T, path: readonly string[], value: EditValue, whole: string): T {
  const [name] = path;
  if (path.length !== 1 || name === undefined || !Object.hasOwn(fields, name)) throw notEncodable(whole);
  const old = (fields as Fields)[name];
  if (Array.isArray(old) || kindOf(old, name) !== kindOf(value, name)) throw notEncodable(whole);
  // An id has a fixed size; only contents may grow and shrink.
  if (
    old instanceof Uint8Array &&
    name !== "bytes" &&
    name !== "slice" &&
    old.length !== (value as Uint8Array).length
  ) {
    throw notEncodable(whole);
  }
  return { ...fields, [name]: value };
}

function kindOf(value: unknown, name: string): string {
  if (value instanceof Uint8Array) return "bytes";
  // spec §4: a process may have no command line
  if (value === null && name === "cmdline") return "string";
  return typeof value === "bigint" ? "number" : typeof value;
}

/** `extension[2]` is 2, `extension` is 0, where `name` is `extension`. */
function indexIn(part: string | undefined, name: string): number | undefined {
  const match = /^(\w+)(?:\[(\d+)\])?$/.exec(part ?? "");
  return match?.[1] === name ? Number(match[2] ?? 0) : undefined;
}

function notEncodable(path: string): ProtocolError {
  return new ProtocolError({
    code: "snapshot/field-not-encodable",
    side: "local",
    found: `${path} with this value`,
    expected: "a field that the encoder writes, of its own kind; others can be patched in their bytes",
  });
}
