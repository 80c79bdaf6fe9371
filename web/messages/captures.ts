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
  /** How far the contents of a large capture are decoded; 0 unless that is under way. */
  readonly checkedBytes: number;
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
  /** True when there may be more to read: the source can be looked at again, or reading was ended before its end. */
  readonly canGrow: boolean;
}

/** Opening, growing and closing captures. */
export interface CaptureCalls {
  open(ask: OpenAsk): { readonly capture: number };
  close(ask: { readonly capture: number }): null;
  /** Reads on where reading was ended, or what was appended to the source since. */
  grow(ask: { readonly capture: number }): null;
  /** Decodes the content of every frame of a capture that was too large for it at first. */
  checkContents(ask: { readonly capture: number }): null;
  /** Ends the reading or decoding that is under way; what there is stays. */
  halt(ask: { readonly capture: number }): null;
  append(ask: { readonly capture: number; readonly bytes: Uint8Array }): null;
  /** The whole capture, if it is no larger than that. */
  whole(ask: { readonly capture: number; readonly maxBytes: number }): Uint8Array | null;
}
