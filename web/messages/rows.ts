/** The list of frames, and everything that is shown of one of them. */
import type { Severity } from "../../src/protocols/inspection.ts";

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

/** A piece of the capture for the strip above the list: what lies in it and where a click leads. */
export interface StripColumn {
  readonly frames: number;
  readonly bytes: number;
  readonly faults: number;
  readonly row: number;
}

/** A byte of a row. */
export interface RowPlace {
  readonly row: number;
  /** In the frame. */
  readonly start: number;
}

/** Lines of the list, single rows, and what is wrong with them. */
export interface RowCalls {
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
  strip(ask: { readonly capture: number; readonly columns: number }): readonly StripColumn[];
}
