/** What the page and its worker say to each other. The page holds no capture and decodes nothing: it asks. */
import type { ProcessUse } from "../src/inspect/busiest_processes.ts";
import type { ExportKind } from "../src/inspect/capture_export.ts";
import type { CaptureFormat } from "../src/inspect/capture_format.ts";
import type { AnswerLatency } from "../src/inspect/timeline.ts";
import type { Severity } from "../src/protocols/inspection.ts";
import type { ZstdPlace } from "./worker/zstd_start.ts";

export type { ExportKind, Severity };

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

/** A list of records in a message, as a table: the processes of a snapshot. */
export interface TableView {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly isNumber: boolean }[];
  /** A value for each column; nothing where the record has none. */
  readonly rows: readonly (readonly (number | string | null)[])[];
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
  /** The single bit whose flip makes the frame right, and the frame as it is: it can reach beyond the bytes of the row. */
  readonly repair:
    | { readonly offset: number; readonly bit: number; readonly text: string; readonly frame: Uint8Array }
    | undefined;
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
  readonly table: TableView | undefined;
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

/** A byte of a row. */
export interface RowPlace {
  readonly row: number;
  /** In the frame. */
  readonly start: number;
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

export type CompareKind = "left" | "right" | "different" | "same" | "unknown";

export interface CompareLine {
  readonly kind: CompareKind;
  readonly id: string;
  readonly type: string;
  readonly leftRow: number | undefined;
  readonly rightRow: number | undefined;
  /** `payload.cpuTotalPct: 12 → 13`, one each. */
  readonly differences: readonly string[];
}

export interface CompareView {
  readonly counts: Readonly<Record<CompareKind, number>>;
  /** At most as many as the page shows; what is the same is only counted. */
  readonly lines: readonly CompareLine[];
  readonly limits: readonly string[];
}

export interface ReencodingView {
  readonly of: "frame" | "content";
  readonly isCanonical: boolean;
  readonly found: Uint8Array;
  readonly canonical: Uint8Array;
  readonly differences: readonly {
    readonly found: { readonly start: number; readonly end: number };
    readonly canonical: { readonly start: number; readonly end: number };
  }[];
}

export interface EditAsk {
  readonly capture: number;
  readonly row: number;
  /** The frame as it was edited so far. */
  readonly bytes: Uint8Array;
  readonly change:
    | { readonly type: "field"; readonly path: string; readonly value: string; readonly how: "encode" | "patch" }
    | { readonly type: "bytes"; readonly start: number; readonly end: number; readonly digits: string };
  /** Length and CRC made right, or left as they are. */
  readonly checks: "recompute" | "leave";
}

export interface EditView {
  readonly bytes: Uint8Array;
  readonly fields: readonly FieldLine[];
  readonly content: Uint8Array | undefined;
  readonly json: string;
  readonly problems: readonly ProblemView[];
  readonly checksum: ChecksumView | undefined;
}

export interface ExportedFiles {
  readonly files: readonly { readonly name: string; readonly blob: Blob }[];
  /** Frames of another protocol than the first one's. */
  readonly leftOut: number;
}

/** What happened over time, of one agent or all. */
export interface TimelineView {
  readonly agents: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly buckets: readonly TimelineBucketView[];
  readonly latency: AnswerLatency | undefined;
  /** Of one agent only. */
  readonly load: LoadView | undefined;
  readonly limits: readonly string[];
}

export interface TimelineBucketView {
  readonly startMs: number;
  /** In the order of `TIMELINE_KINDS`. */
  readonly counts: readonly number[];
  /** The first row in it, to go to; -1 for none. */
  readonly row: number;
}

/** Columns of a chart. */
export interface LoadView {
  readonly timesMs: readonly number[];
  readonly cpuPct: readonly number[];
  readonly memPct: readonly number[];
  readonly rows: readonly number[];
  /** Several windows are one point: the busiest of each. */
  readonly isThinned: boolean;
  readonly busiest: readonly ProcessUse[];
}

export interface ReplayView {
  readonly steps: readonly ReplayStepView[];
  /** Row to go on with; -1 at the end. */
  readonly nextRow: number;
}

export interface ReplayStepView {
  readonly row: number;
  readonly atMs: number;
  readonly cause: string;
  readonly side: string;
  readonly title: string;
  /** What the frame says. */
  readonly summary: string;
  readonly sides: readonly {
    readonly side: string;
    readonly state: string;
    readonly timers: readonly { readonly name: string; readonly atMs: number }[];
    readonly heldBytes: number;
  }[];
  readonly transitions: readonly {
    readonly side: string;
    readonly text: string;
    readonly rule: string;
    readonly isRefused: boolean;
  }[];
  readonly events: readonly string[];
  readonly output: readonly string[];
  readonly broken: readonly { readonly code: string; readonly text: string; readonly rule: string }[];
}

/** Everything the page may ask for: name, what it gives, what it gets. */
export interface WorkerCalls {
  open(ask: OpenAsk): { readonly capture: number };
  close(ask: { readonly capture: number }): null;
  /** Reads the source again; what was appended is indexed. */
  grow(ask: { readonly capture: number }): null;
  /** Decodes the content of every frame of a capture that was too large for it at first. */
  checkContents(ask: { readonly capture: number }): null;
  append(ask: { readonly capture: number; readonly bytes: Uint8Array }): null;
  rows(ask: { readonly capture: number; readonly first: number; readonly count: number }): readonly ListRow[];
  toggle(ask: { readonly capture: number; readonly position: number }): null;
  /** Where a row stands in the list, its group opened for it; -1 if the filter hides it. */
  positionOf(ask: { readonly capture: number; readonly row: number }): number;
  /** The row that holds a byte of the file. */
  rowAt(ask: { readonly capture: number; readonly offset: number }): RowPlace | null;
  detail(ask: { readonly capture: number; readonly row: number }): RowView;
  nextProblem(ask: { readonly capture: number; readonly row: number; readonly step: 1 | -1 }): number;
  problems(ask: { readonly capture: number; readonly count: number }): {
    readonly problems: readonly ProblemView[];
    readonly counts: Readonly<Record<Severity, number>>;
  };
  /** The whole capture, if it is no larger than that. */
  whole(ask: { readonly capture: number; readonly maxBytes: number }): Uint8Array | null;
  strip(ask: { readonly capture: number; readonly columns: number }): readonly StripColumn[];
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
  /** Of all agents if `sender` is empty. */
  timeline(ask: {
    readonly capture: number;
    readonly sender: string;
    readonly buckets: number;
    readonly points: number;
  }): TimelineView;
  compare(ask: { readonly left: number; readonly right: number }): CompareView;
  reencode(ask: { readonly capture: number; readonly row: number }): readonly ReencodingView[];
  edit(ask: EditAsk): EditView;
  /** `rows` undefined: all that the list shows. */
  export(ask: {
    readonly capture: number;
    readonly rows: readonly number[] | undefined;
    readonly kind: ExportKind;
  }): ExportedFiles;
  /** Goes on from `row` if the last answer's `nextRow` was that, else begins there. */
  replay(ask: {
    readonly capture: number;
    readonly sender: string;
    readonly row: number;
    readonly frames: number;
  }): ReplayView;
}

export type CallName = keyof WorkerCalls;
export type Ask<N extends CallName> = Parameters<WorkerCalls[N]>[0];
export type Answer<N extends CallName> = ReturnType<WorkerCalls[N]>;

/** From the page. Calls are answered by their number; a cancelled one is answered with an error. */
export type ToWorker =
  | { readonly type: "start"; readonly zstd: ZstdPlace }
  | { readonly type: "call"; readonly call: number; readonly name: CallName; readonly ask: unknown }
  | { readonly type: "cancel"; readonly call: number };

/** From the worker. */
export type FromWorker =
  | { readonly type: "answer"; readonly call: number; readonly answer: unknown }
  | { readonly type: "failed"; readonly call: number; readonly message: string; readonly isCancelled: boolean }
  | { readonly type: "progress"; readonly call: number; readonly done: number; readonly total: number }
  | { readonly type: "capture"; readonly progress: CaptureProgress };
