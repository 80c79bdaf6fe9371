/** What the page and its worker say to each other. The page holds no capture and decodes nothing: it asks. */
import type { CaptureFormat } from "../src/inspect/capture_format.ts";

/** How serious something is; each has a shape and a word of its own. */
export type Severity = "error" | "warning" | "note";

/** One line of the list. */
export interface ListRow {
  /** Number of the frame in the capture, from 0; -1 for a part that is missing. */
  readonly row: number;
  readonly kind: "message" | "snapshot" | "part" | "missing" | "fault" | "hole";
  readonly offset: number;
  readonly timeMs: number | undefined;
  /** The agent, or the flow of a packet capture. */
  readonly sender: string;
  /** `>` towards the server, `<` from it, empty where nothing tells. */
  readonly direction: ">" | "<" | "";
  readonly type: string;
  readonly bytes: number;
  readonly summary: string;
  readonly severity: Severity | undefined;
  /** Of a row that opens into its parts: whether it is open. */
  readonly isOpen: boolean | undefined;
}

/** One line of the field tree. Values are texts: the worker writes them, the page only places them. */
export interface FieldLine {
  readonly depth: number;
  readonly name: string;
  readonly isGroup: boolean;
  readonly value: string;
  readonly type: string;
  readonly of: "frame" | "content";
  readonly start: number;
  readonly end: number;
  /** How edits name it. */
  readonly path: string;
}

export interface ProcessLine {
  readonly pid: number;
  readonly name: string;
  readonly cpuPct: number;
  readonly rssBytes: number;
  readonly cmdline: string;
}

export interface ProblemView {
  readonly row: number;
  readonly offset: number;
  readonly severity: Severity;
  readonly code: string;
  readonly title: string;
  readonly found: string;
  readonly expected: string;
  /** What a receiver does about it. */
  readonly receiver: string;
  /** Where the rule stands; `href` where the specification has an address. */
  readonly section: string;
  readonly href: string | undefined;
  /** The bytes that are meant, in the frame. */
  readonly start: number | undefined;
  readonly end: number | undefined;
  /** What was skipped and where reading went on. */
  readonly resumed: string;
}

/** A checksum beside the one that the bytes give. */
export interface ChecksumView {
  readonly start: number;
  readonly end: number;
  readonly stored: string;
  readonly computed: string;
  readonly isRight: boolean;
  /** The single bit whose flip makes the frame right. */
  readonly repair: { readonly offset: number; readonly bit: number; readonly text: string } | undefined;
}

/** Everything that is shown of one frame. */
export interface RowView {
  readonly row: number;
  readonly offset: number;
  readonly title: string;
  /** As `tidewire dump --json` writes it. */
  readonly json: string;
  readonly fields: readonly FieldLine[];
  readonly bytes: Uint8Array;
  readonly content: Uint8Array | undefined;
  readonly processes: readonly ProcessLine[] | undefined;
  readonly problems: readonly ProblemView[];
  readonly checksum: ChecksumView | undefined;
  /** Bytes of this row that are not shown, because they are too many. */
  readonly cutBytes: number;
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

/** A piece of the capture for the strip above the list: what lies in it and where a click leads. */
export interface StripColumn {
  readonly frames: number;
  readonly bytes: number;
  readonly faults: number;
  readonly row: number;
}
