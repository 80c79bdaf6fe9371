/** What a protocol tells those who explain captures. All of it is optional: a protocol without it is shown all the same. */
import type { ProtocolError } from "../core/mod.ts";
import type { FrameRow, ReaderOptions } from "./definition.ts";

/** How bad something is: lost or refused, odd but taken, or worth knowing. */
export type Severity = "error" | "warning" | "note";

/** Bytes of a frame: from `start` up to `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A paragraph of a protocol's specification. */
export interface SpecPlace {
  /** As people name it: `§1`. */
  readonly section: string;
  /** Of the heading, as GitHub makes it: `1-frame`. */
  readonly anchor: string;
}

/** One thing that can be wrong or odd, explained once. */
export interface Explanation {
  /** An error name, or a name of its own for what is no error. */
  readonly code: string;
  readonly severity: Severity;
  /** In a few words, for a list. */
  readonly title: string;
  /** What a receiver does about it. */
  readonly receiver: string;
  readonly spec: SpecPlace;
}

/** One thing that was seen in a frame that could be decoded. */
export interface Oddity {
  /** Of an explanation. */
  readonly code: string;
  readonly found: string;
  readonly expected: string;
  readonly range?: ByteRange;
}

/** Looks at the frames of one capture in their order; what only their sequence shows is kept here, within bounds. */
export interface CaptureWatch {
  /** @param frame a whole frame that could be decoded, and `row` what it means */
  take(frame: Uint8Array, row: FrameRow): readonly Oddity[];
}

/** What the values of a field are. Numbers may have a unit: it says which suffixes a filter may write. */
export type FieldKind = "text" | "number" | "bytes" | "time" | "choice" | "list";

/** One field of a protocol's rows, for filters and column menus. */
export interface FieldInfo {
  /** As rows have it: `payload.cpuTotalPct`; for what stands in a list `payload.processes.name`. */
  readonly name: string;
  readonly kind: FieldKind;
  readonly unit?: "bytes" | "ms" | "pct";
  readonly doc: string;
  /** What it may be, where that is a short list. */
  readonly choices?: readonly string[];
}

/** Sets fields of one protocol's frames. */
export interface FrameEditor {
  /**
   * The frame with a field set and everything that depends on it encoded anew (lengths, offsets, compression).
   *
   * @param path as field trees name it, with an index where a name repeats: `payload.process[2].name`
   * @throws ProtocolError (local) when the value can't be encoded, or the path is not one that can be set this way
   */
  set(frame: Uint8Array, path: string, value: EditValue): Uint8Array;
}

/** A value as an editor takes it. */
export type EditValue = number | bigint | string | null | Uint8Array;

/** What a frame says about the life of an agent. */
export type TimelineMark =
  /** Something that the receiver has to answer. */
  | {
      readonly type: "sent";
      readonly id: string;
      /** The message that this is a part of, and which. */
      readonly wholeId: string;
      readonly partIndex: number;
      readonly partCount: number;
    }
  | { readonly type: "answered"; readonly id: string; readonly answer: "received" | "stored" | "refused" }
  /** The pace that is asked for; 0 lifts it. */
  | { readonly type: "throttled"; readonly delayMs: number }
  /** A sign of life. */
  | { readonly type: "heartbeat" }
  | {
      readonly type: "load";
      readonly wholeId: string;
      readonly startMs: number;
      readonly endMs: number;
      readonly cpuPct: number;
      readonly memUsedBytes: number;
      readonly memTotalBytes: number;
      readonly processes: readonly ProcessLoad[];
    };

/** One process in a load. */
export interface ProcessLoad {
  readonly pid: number;
  readonly name: string;
  readonly cpuPct: number;
  readonly rssBytes: number;
}

/** One frame of a capture, as it is replayed. */
export interface ReplayFrame {
  readonly bytes: Uint8Array;
  /** When it was sent or seen, UTC; the replay's clock goes forward only. */
  readonly atMs: number;
  /** What it means; nothing for a frame that can't be decoded. */
  readonly row: FrameRow | undefined;
}

/** A timer of a session. */
export interface ReplayTimer {
  readonly name: string;
  readonly atMs: number;
}

/** Where one side stands. */
export interface ReplaySide {
  /** `agent`, `server`. */
  readonly side: string;
  readonly state: string;
  readonly timers: readonly ReplayTimer[];
  readonly heldBytes: number;
}

/** A step that a state machine took. */
export interface ReplayTransition {
  readonly side: string;
  readonly atMs: number;
  readonly from: string;
  readonly trigger: string;
  readonly to: string;
  /** What the table says there: an action, or the code that it refuses with. */
  readonly rule: string;
  readonly refused: boolean;
}

/** What one step of a replay did. */
export interface ReplayStep {
  readonly atMs: number;
  /** A frame of the capture, a timer that came due, or the sessions being made ready for a capture that starts in the middle. */
  readonly cause: "frame" | "timer" | "prelude";
  /** Who took the frame or whose timer it was. */
  readonly side: string;
  /** In words, for a list. */
  readonly title: string;
  readonly sides: readonly ReplaySide[];
  readonly transitions: readonly ReplayTransition[];
  /** Events of the sessions, to print: their type is the protocol's. */
  readonly events: readonly { readonly side: string; readonly event: object }[];
  /** Frames that the sessions wrote. */
  readonly output: readonly { readonly side: string; readonly bytes: Uint8Array }[];
  /** The rules that the frame broke: what the session said, and the entry of its table if one refused it. */
  readonly broken: readonly {
    readonly code: string;
    readonly found: string;
    readonly expected: string;
    readonly transition: ReplayTransition | undefined;
  }[];
}

/** The real sessions of a protocol, fed from a capture. */
export interface Replay {
  /** Where the sides stand now. */
  readonly sides: readonly ReplaySide[];
  /** Takes the next frame of the capture: the timers that came due before it, then the frame. */
  take(frame: ReplayFrame): readonly ReplayStep[];
}

/** @param agentId whose frames will be fed: a pair of sessions has one agent */
export type CreateReplay = (agentId: string, options: ReaderOptions) => Replay;

/** What a protocol knows about its own captures. */
export interface ProtocolInspection {
  /** Where its specification stands, from the root of the repository. */
  readonly specPath: string;
  readonly explanations: readonly Explanation[];
  /** The fields of its rows. */
  readonly fields: readonly FieldInfo[];
  /** What tells a message from others; a repeated message has the same. Nothing if it has none. */
  idOf(row: FrameRow): string | undefined;
  /** True for what only a server sends; a packet capture that is made of frames needs a direction. */
  isFromServer?(row: FrameRow): boolean;
  /** The bytes of the frame that an error of a reader is about, where they can be named. */
  rangeOf?(frame: Uint8Array, error: ProtocolError): ByteRange | undefined;
  createWatch?(): CaptureWatch;
  createEditor?(options: ReaderOptions): FrameEditor;
  marksOf?(row: FrameRow): readonly TimelineMark[];
  /** Fetched when somebody replays: whoever only looks at captures need not load the sessions. */
  loadReplay?(): Promise<CreateReplay>;
}
