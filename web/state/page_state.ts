import type { CaptureProgress, EditView, RowView, SearchHit, Severity, TextFault } from "../worker_messages.ts";
import type { ReplayRun } from "./replay.ts";

export type MainTab = "frames" | "problems" | "time" | "compare" | "replay" | "live";
export type SideTab = "fields" | "table" | "problems" | "recode";
export type Sheet = "open" | "keys" | "commands" | "goto" | "export" | "format" | "core" | "edit";
export type FindMode = "filter" | "bytes" | "text" | "number";

/** Long work that is under way. */
export interface Task {
  readonly title: string;
  readonly done: number;
  readonly total: number;
  cancel(): void;
}

/** A frame that is being edited: what it is now, and what it was before, for undo. */
export interface Editing {
  readonly capture: number;
  readonly row: number;
  readonly view: EditView;
  readonly before: readonly EditView[];
}

/** A server that is watched. */
export interface Live {
  /** The capture that it fills. */
  readonly capture: number | undefined;
  readonly state: "closed" | "connecting" | "open" | "refused";
  readonly said: string;
  readonly needsToken: boolean;
  readonly coreSha256: string | undefined;
  readonly commandLines: string;
  readonly isPaused: boolean;
  /** What the server counted: shown, sampled away, dropped for a slow page. */
  readonly counts: Readonly<Record<string, number>>;
  /** Not taken in, because the page was too slow. */
  readonly leftOutBytes: number;
}

/** Everything that is on the page; replaced, never changed. */
export interface PageState {
  readonly captures: readonly CaptureProgress[];
  /** Number of the capture that is shown. */
  readonly current: number | undefined;
  readonly tab: MainTab;
  readonly side: SideTab;
  readonly sheet: Sheet | undefined;
  /** Line of the list, or -1. */
  readonly position: number;
  readonly row: number;
  readonly view: RowView | undefined;
  /** Line of the field tree, or -1. */
  readonly field: number;
  readonly bytesOf: "frame" | "content";
  /** The byte that the keyboard is on, or -1, and where a range of bytes began. */
  readonly caret: number;
  readonly anchor: number;
  /** Rows that were picked for an export. */
  readonly picked: ReadonlySet<number>;
  readonly findMode: FindMode;
  readonly findText: string;
  readonly findFault: TextFault | undefined;
  /** The filter that the list shows; empty for none. */
  readonly filter: string;
  readonly hit: SearchHit | undefined;
  readonly task: Task | undefined;
  readonly editing: Editing | undefined;
  /** The last replay: a capture that is shown again has its steps as they were. */
  readonly replay: ReplayRun | undefined;
  /** The agent that was chosen for it. */
  readonly replaySender: string;
  /** Agent whose timeline is shown, empty for all; nothing where none was chosen. */
  readonly timeSender: string | undefined;
  /** While frames are fed; a second run beside it would begin anew. */
  readonly isReplaying: boolean;
  readonly live: Live | undefined;
  /** The captures that are compared, left and right, once they were chosen or a line of the comparison was followed. */
  readonly compared: readonly [number | undefined, number | undefined];
  readonly notice: { readonly severity: Severity; readonly text: string } | undefined;
}

export const EMPTY_PAGE: PageState = {
  captures: [],
  current: undefined,
  tab: "frames",
  side: "fields",
  sheet: undefined,
  position: -1,
  row: -1,
  view: undefined,
  field: -1,
  bytesOf: "frame",
  caret: -1,
  anchor: -1,
  picked: new Set(),
  findMode: "filter",
  findText: "",
  findFault: undefined,
  filter: "",
  hit: undefined,
  task: undefined,
  editing: undefined,
  replay: undefined,
  replaySender: "",
  timeSender: undefined,
  isReplaying: false,
  live: undefined,
  compared: [undefined, undefined],
  notice: undefined,
};
