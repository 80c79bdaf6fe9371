/** Frames changed on purpose: a field or some bytes, with length and CRC made right again or left wrong. */
import { crcCovered, declaredFrameBytes, headBytes } from "../core/framing.ts";
import { crc32, type Framing, ProtocolError } from "../core/mod.ts";
import type { ProtocolDefinition, ReaderOptions } from "../protocols/definition.ts";
import type { ByteRange, EditValue } from "../protocols/inspection.ts";
import { fieldBytes } from "./field_bytes.ts";
import { nodeAt } from "./field_paths.ts";
import { frameRanges } from "./frame_ranges.ts";
import type { FieldNode } from "./row_detail.ts";

/** An edited frame may be larger than a protocol allows, to see what a receiver makes of it, but not without a bound. */
const MAX_EDITED_BYTES = 1_048_576;

/** What becomes of length and CRC: computed anew, or as they were before. */
export type ChecksAfterEdit = "recompute" | "leave";

/** A frame and what its decoder told of it. */
export interface EditableFrame {
  readonly bytes: Uint8Array;
  readonly fields: readonly FieldNode[];
}

/** A field's new value. */
export interface FieldEdit {
  /** As `fieldPaths` names it. */
  readonly path: string;
  readonly value: EditValue;
  /**
   * `encode`: the message is encoded anew with the value, so that everything that depends on it fits, and a value that the
   * protocol forbids is refused. `patch`: the bytes of the field are replaced, whatever that makes of the frame.
   */
  readonly how: "encode" | "patch";
  readonly checks: ChecksAfterEdit;
}

/**
 * The frame with a field set. A patch of the length or the CRC itself leaves both as they are then.
 *
 * @throws ProtocolError (local) `inspect/no-such-field`, `inspect/field-not-in-frame` (patch: of a content that was decompressed or
 *   put together), `inspect/not-writable` (encode: by this protocol), `inspect/edit-too-large`, and what the encoder refuses
 *
 * @example
 * ```ts
 * const edit = { path: "envelope.agentId", value: "db-2", how: "encode", checks: "recompute" } as const;
 * setField(SNAPSHOT_PROTOCOL, { compressor: undefined }, { bytes, fields }, edit); // the same frame of another agent
 * ```
 */
export function setField(
  definition: ProtocolDefinition,
  options: ReaderOptions,
  { bytes, fields }: EditableFrame,
  { path, value, how, checks }: FieldEdit,
): Uint8Array {
  const node = nodeAt(fields, path);
  if (node === undefined || node.type === "group")
    throw refusal("inspect/no-such-field", path, "a field of this frame");
  if (how === "patch") {
    if (node.of !== "frame") {
      throw refusal(
        "inspect/field-not-in-frame",
        `${path}, decompressed or put together`,
        "a field of the frame's own bytes",
      );
    }
    return setBytes(definition, bytes, node, fieldBytes(node, value), checks);
  }
  const editor = definition.inspection?.createEditor?.(options);
  if (editor === undefined) throw refusal("inspect/not-writable", definition.title, "a protocol that is written here");
  // What doesn't fit the field would be cut to its width without a word.
  if (value !== null) fieldBytes(node, value);
  const edited = editor.set(bytes, path, value);
  if (checks === "leave") restoreChecks(definition, bytes, edited);
  return edited;
}

/**
 * The frame with some bytes replaced by others, as many as there are. An empty range inserts.
 *
 * @throws ProtocolError (local) `inspect/edit-too-large`, `inspect/length-does-not-fit`
 *
 * @example
 * ```ts
 * setBytes(SNAPSHOT_PROTOCOL, frame, { start: 11, end: 12 }, Uint8Array.of(0x10), "recompute"); // an ignorable flag set
 * ```
 */
export function setBytes(
  { layout }: ProtocolDefinition,
  frame: Uint8Array,
  { start, end }: ByteRange,
  replacement: Uint8Array,
  checks: ChecksAfterEdit,
): Uint8Array {
  const editedBytes = frame.length - (end - start) + replacement.length;
  if (editedBytes > MAX_EDITED_BYTES) {
    throw refusal("inspect/edit-too-large", `${editedBytes} bytes`, `at most ${MAX_EDITED_BYTES}`);
  }
  const edited = new Uint8Array(editedBytes);
  edited.set(frame.subarray(0, start));
  edited.set(replacement, start);
  edited.set(frame.subarray(end), start + replacement.length);
  if (checks === "leave" || layout.type !== "framed" || touchesChecks(layout.framing, frame.length, { start, end })) {
    return edited;
  }
  writeChecks(layout.framing, edited);
  return edited;
}

/**
 * Writes the length of a frame and its CRC, in place. A frame too short to hold them is left as it is.
 *
 * @throws ProtocolError (local) `inspect/length-does-not-fit`
 *
 * @example
 * ```ts
 * import { LENGTH_BODY_CRC } from "tidewire/core";
 * const frame = Uint8Array.of(0, 0, 0, 0, 0x61, 0, 0, 0, 0);
 * writeChecks(LENGTH_BODY_CRC, frame);
 * frame; // Uint8Array [0, 0, 0, 1, 0x61, 0x43, 0xbe, 0xb7, 0xe8]
 * ```
 */
export function writeChecks(framing: Framing, frame: Uint8Array): void {
  const { length, crc } = frameRanges(framing, frame.length);
  if (frame.length < Math.max(headBytes(framing), framing.crcFrom + framing.crcToEnd, crc?.end ?? 0)) return;
  if (crc !== undefined && crc.start < 0) return;
  writeInteger(frame, length, frame.length - framing.lengthAdds, framing.lengthBigEndian);
  if (declaredFrameBytes(framing, frame, 0) !== frame.length) {
    throw refusal("inspect/length-does-not-fit", `${frame.length} bytes`, `a length of ${framing.lengthBytes} bytes`);
  }
  if (crc !== undefined) writeInteger(frame, crc, crc32(crcCovered(framing, frame)), framing.crcBigEndian);
}

function writeInteger(into: Uint8Array, { start, end }: ByteRange, value: number, isBigEndian: boolean): void {
  let rest = BigInt(value);
  for (let i = 0; i < end - start; i++) {
    into[isBigEndian ? end - 1 - i : start + i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

function touchesChecks(framing: Framing, frameBytes: number, range: ByteRange): boolean {
  const { length, crc } = frameRanges(framing, frameBytes);
  return [length, crc].some((one) => one !== undefined && range.start < one.end && range.end > one.start);
}

/** Puts the length and the CRC of the old frame into the new one. */
function restoreChecks({ layout }: ProtocolDefinition, old: Uint8Array, edited: Uint8Array): void {
  if (layout.type !== "framed") return;
  const [from, to] = [frameRanges(layout.framing, old.length), frameRanges(layout.framing, edited.length)];
  edited.set(old.subarray(from.length.start, from.length.end), to.length.start);
  if (from.crc !== undefined && to.crc !== undefined)
    edited.set(old.subarray(from.crc.start, from.crc.end), to.crc.start);
}

function refusal(code: string, found: string, expected: string): ProtocolError {
  return new ProtocolError({ code, side: "local", found, expected });
}
