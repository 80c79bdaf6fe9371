/** What the page and its worker say to each other. The page holds no capture and decodes nothing: it asks. */
import type { CaptureCalls, CaptureProgress } from "./messages/captures.ts";
import type { ChangeCalls } from "./messages/change.ts";
import type { CompareCalls } from "./messages/compare.ts";
import type { FindCalls } from "./messages/find.ts";
import type { ReplayCalls } from "./messages/replay.ts";
import type { RowCalls } from "./messages/rows.ts";
import type { TimeCalls } from "./messages/time.ts";
import type { ZstdPlace } from "./worker/zstd_start.ts";

export type { ExportKind } from "../src/inspect/capture_export.ts";
export type { Severity } from "../src/protocols/inspection.ts";
export type * from "./messages/captures.ts";
export type * from "./messages/change.ts";
export type * from "./messages/compare.ts";
export type * from "./messages/find.ts";
export type * from "./messages/replay.ts";
export type * from "./messages/rows.ts";
export type * from "./messages/time.ts";

/** Everything the page may ask for: name, what it gives, what it gets. */
export interface WorkerCalls
  extends CaptureCalls,
    RowCalls,
    FindCalls,
    CompareCalls,
    ChangeCalls,
    TimeCalls,
    ReplayCalls {}

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
