/** Filters and searches. */
import type { RowPlace } from "./rows.ts";

/** An error that points into a text. */
export interface TextFault {
  readonly at: number;
  readonly end: number;
  readonly found: string;
  readonly expected: string;
}

export interface CompletionView {
  readonly text: string;
  readonly kind: string;
  readonly note: string;
  readonly from: number;
  readonly to: number;
}

/** What a search looks for: digits of bytes with `??` for any, a text, or a number in one of its forms. */
export interface NeedleAsk {
  readonly kind: "bytes" | "text" | "number";
  readonly text: string;
  readonly ignoresCase: boolean;
}

/** A byte of a row: of the frame, or of what it has compressed. */
export interface SearchPlace extends RowPlace {
  readonly of: "frame" | "content";
}

export interface SearchHit extends SearchPlace {
  readonly end: number;
}

/** Filtering the list and searching in the capture. */
export interface FindCalls {
  filter(ask: { readonly capture: number; readonly text: string }): TextFault | null;
  complete(ask: {
    readonly capture: number;
    readonly text: string;
    readonly cursor: number;
  }): readonly CompletionView[];
  /** The first match at a place or behind it; the bytes of a row come before its content. */
  search(ask: {
    readonly capture: number;
    readonly needle: NeedleAsk;
    readonly from: SearchPlace;
  }): SearchHit | TextFault | null;
}
