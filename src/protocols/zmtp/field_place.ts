import type { FieldSink } from "../../core/mod.ts";

/** An inspector's sink, and where what is being decoded begins in the frame that offsets count in. */
export interface FieldPlace {
  readonly sink: FieldSink;
  readonly at: number;
}
