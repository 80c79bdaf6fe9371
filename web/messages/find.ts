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

export interface SearchHit extends RowPlace {
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
  search(ask: {
    readonly capture: number;
    readonly needle: NeedleAsk;
    readonly row: number;
    readonly start: number;
  }): SearchHit | TextFault | null;
}
