import type { FieldType, FieldValue, ProtocolError } from "../core/mod.ts";
import type { FrameRow } from "../protocols/definition.ts";

/** One line of the field tree: a group of fields, or a value and the bytes that it came from. */
export interface FieldNode {
  /** 0 at the top; the fields of a group are the nodes behind it that are deeper. */
  readonly depth: number;
  readonly name: string;
  /** `undefined` for a group. */
  readonly value: FieldValue | undefined;
  readonly type: FieldType | "group";
  /** Which bytes `start` and `end` count in: those of the frame, or the content (put together, decompressed). */
  readonly of: "frame" | "content";
  readonly start: number;
  readonly end: number;
}

/** Everything about one row, made of its bytes when it is asked for. */
export interface RowDetail {
  readonly rowNumber: number;
  /** Exactly the object of `tidewire dump --json`. */
  readonly row: FrameRow;
  /** The frame; of what was given up, no more than `MAX_DETAIL_BYTES`. */
  readonly bytes: Uint8Array;
  /** Where `bytes` start in their stream. */
  readonly offset: number;
  /** What the production decoder told of: of a frame that it refused, what it had read before. */
  readonly fields: readonly FieldNode[];
  /** What the fields `of` content stand in; undefined where the frame itself is all there is. */
  readonly content: Uint8Array | undefined;
  /** What is wrong. */
  readonly error: ProtocolError | undefined;
}

/** Of bytes that were given up no more than this is read for one row. */
export const MAX_DETAIL_BYTES = 1_048_576;
