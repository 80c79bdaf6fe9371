import type { FrameRow } from "../protocols/definition.ts";

/** What a capture's index knows of a row without its bytes being read. */
export interface FilterColumns {
  /** The number of the row, from 0. */
  readonly row: number;
  /** Bytes from the start of the capture. */
  readonly offset: number;
  readonly bytes: number;
  /** When it was sent, UTC Unix milliseconds; NaN where nothing says so. */
  readonly timeMs: number;
  /** As rows have it; empty for what can't be decoded. */
  readonly type: string;
  /** Whose frame it is; empty where nothing says so. */
  readonly agentId: string;
  /** The name of its error; empty for a frame that can be decoded. */
  readonly error: string;
}

/** A filter that was understood. */
export interface Filter {
  /** True when some rows can be decided on only with their frame decoded. */
  readonly needsFrames: boolean;
  /** The answer as far as the columns give one; nothing when the frame has to be decoded. */
  decide(columns: FilterColumns): boolean | undefined;
  /** The answer. `row` is what the frame means, as rows of a capture have it; nothing for a frame that can't be decoded. */
  test(columns: FilterColumns, row: FrameRow | undefined): boolean;
}

/** Why a text is no filter, and where: the page points there. */
export interface FilterError {
  /** Where in the text, in UTF-16 units. */
  readonly at: number;
  readonly end: number;
  readonly found: string;
  readonly expected: string;
}

/** What a text turned out to be. */
export type FilterResult =
  | { readonly ok: true; readonly filter: Filter }
  | { readonly ok: false; readonly error: FilterError };

/** Something that could be written at the cursor. */
export interface Completion {
  readonly text: string;
  readonly kind: "field" | "operator" | "value" | "function" | "keyword";
  readonly doc: string;
}

/** What fits at the cursor: candidates that replace the text from `start` up to `end`. */
export interface Completions {
  readonly start: number;
  readonly end: number;
  readonly candidates: readonly Completion[];
}
