/**
 * What explains a capture: repair, problems, canonical bytes, edits, exports, comparison, filters, timeline.
 *
 * @module
 */
export { applyRepair, type BitRepair, findBitRepair } from "./bit_repair.ts";
export type { ProcessUse } from "./busiest_processes.ts";
export { type ByteDifference, type CanonicalView, canonicalView } from "./canonical_view.ts";
export { CaptureCompare, type Compared, MAX_COMPARED_MESSAGES } from "./capture_compare.ts";
export { CaptureExport, type ExportedFile, type ExportedFrame, type ExportKind } from "./capture_export.ts";
export { problemsOfRow } from "./capture_problems.ts";
export { type CompareStep, compareCaptures } from "./compare_captures.ts";
export { fieldBytes, parseFieldValue } from "./field_bytes.ts";
export { type FieldDifference, type FieldDifferences, fieldDifferences } from "./field_differences.ts";
export { fieldPaths, nodeAt } from "./field_paths.ts";
export { fillTimeline } from "./fill_timeline.ts";
export { parseFilter } from "./filter.ts";
export { type FilterStep, filterCapture, IndexColumns } from "./filter_capture.ts";
export { completeFilter } from "./filter_complete.ts";
export { filterFields, type KnownValues } from "./filter_fields.ts";
export type { Completion, Completions, Filter, FilterColumns, FilterError, FilterResult } from "./filter_row.ts";
export {
  type ChecksAfterEdit,
  type EditableFrame,
  type FieldEdit,
  setBytes,
  setField,
  writeChecks,
} from "./frame_edit.ts";
export { type FrameRanges, frameRanges } from "./frame_ranges.ts";
export type { LoadSeries } from "./load_series.ts";
export type { Problem } from "./problem.ts";
export { type LocatedProblem, ProblemFinder } from "./problem_finder.ts";
export { ProblemSearch, type ProblemStep } from "./problem_search.ts";
export { explained, problemsOfFault, problemsOfFrame } from "./problems_of.ts";
export { type ReadRow, RowReader } from "./row_reader.ts";
export { repairOfRow } from "./row_repair.ts";
export type { RowProblem } from "./stream_problems.ts";
export {
  type AnswerLatency,
  OTHER_AGENTS,
  Timeline,
  type TimelineBucket,
  type TimelineLimits,
  type TimelineQuery,
} from "./timeline.ts";
export { TIMELINE_KINDS, type TimelineEvent, type TimelineKind } from "./timeline_events.ts";
