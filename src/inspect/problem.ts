import type { ByteRange, Severity, SpecPlace } from "../protocols/inspection.ts";

/** One thing that is wrong or odd in a capture, explained. */
export interface Problem {
  readonly severity: Severity;
  /** Stable: an error name, or `SKIPPED_BYTES`, `NOT_CANONICAL`, … */
  readonly code: string;
  /** In a few words. */
  readonly title: string;
  readonly found: string;
  readonly expected: string;
  /** What a receiver does about it. */
  readonly receiver: string;
  /** The paragraph of the specification (`ProtocolInspection.specPath`). */
  readonly spec: SpecPlace;
  /** The bytes it is about, from the start of the frame. */
  readonly range?: ByteRange;
}
