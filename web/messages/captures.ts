/** What the page opens, and how far it has been read. */
import type { CaptureFormat } from "../../src/inspect/capture_format.ts";

/** What can be opened. A blob is read piece by piece; bytes are few (pasted, or carried in a link). */
export interface OpenAsk {
  readonly name: string;
  readonly blob?: Blob;
  readonly bytes?: Uint8Array;
  /** The demonstration, which the worker makes. */
  readonly isDemo?: true;
  /** Gives a newer state of a file that grows. */
  readonly handle?: FileSystemFileHandle;
  readonly format?: CaptureFormat;
}

export interface CandidateView {
  readonly format: CaptureFormat;
  readonly title: string;
  readonly reason: string;
  readonly isChosen: boolean;
}

/** How far a capture is indexed. Sent whenever it changes, a few times a second. */
export interface CaptureProgress {
  readonly capture: number;
  readonly name: string;
  readonly bytes: number;
  readonly indexedBytes: number;
  readonly rows: number;
  /** Lines of the list: rows that pass the filter, parts folded into their snapshot. */
  readonly listRows: number;
  readonly faults: number;
  readonly senders: readonly string[];
  readonly candidates: readonly CandidateView[];
  readonly isDone: boolean;
  readonly tookMs: number;
  /** Changes whenever lines of the list may have other contents than before. */
  readonly edition: number;
  readonly protocolTitle: string;
  /** Limits that were hit, each by name. */
  readonly limits: readonly string[];
  /** True when the source can be read again to see whether it grew. */
  readonly canGrow: boolean;
}

/** Opening, growing and closing captures. */
export interface CaptureCalls {
  open(ask: OpenAsk): { readonly capture: number };
  close(ask: { readonly capture: number }): null;
  /** Reads the source again; what was appended is indexed. */
  grow(ask: { readonly capture: number }): null;
  /** Decodes the content of every frame of a capture that was too large for it at first. */
  checkContents(ask: { readonly capture: number }): null;
  append(ask: { readonly capture: number; readonly bytes: Uint8Array }): null;
  /** The whole capture, if it is no larger than that. */
  whole(ask: { readonly capture: number; readonly maxBytes: number }): Uint8Array | null;
}
