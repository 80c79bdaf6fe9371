/** Calls that search for bytes. */
import { ProtocolError } from "../../src/core/mod.ts";
import { searchCapture } from "../../src/inspect/byte_search.ts";
import type { CaptureIndex } from "../../src/inspect/capture_index.ts";
import { searchContents } from "../../src/inspect/content_search.ts";
import { type Pattern, parseNeedle } from "../../src/inspect/needle.ts";
import type { Answer, Ask, NeedleAsk, SearchHit, SearchPlace, TextFault } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { placeOf } from "./file_place.ts";
import type { OpenCapture } from "./open_capture.ts";
import { Turn } from "./turn.ts";

/** The next match, in the bytes of a row or in what they have compressed. */
export async function search(
  { capture, needle, from }: Ask<"search">,
  context: CallContext,
): Promise<Answer<"search">> {
  const patterns = patternsOf(needle);
  if (!Array.isArray(patterns)) return patterns;
  const open = context.captures.get(capture);
  const inBytes = await searchBytes(open, patterns, from, context);
  return (await searchCompressed(open, patterns, from, inBytes?.row ?? open.index.rows, context)) ?? inBytes ?? null;
}

/** Matches between rows (the heads of packets) are passed over. */
async function searchBytes(
  { index, source }: OpenCapture,
  patterns: readonly Pattern[],
  { row, start, of }: SearchPlace,
  { signal, progress }: CallContext,
): Promise<SearchHit | undefined> {
  const turn = new Turn(signal);
  // The bytes of a row come before its content.
  const fromOffset =
    of === "frame" ? fileOffsetOf(index, row, start) : fileOffsetOf(index, row, index.bytes(row) - 1) + 1;
  for await (const step of searchCapture(source, patterns, fromOffset)) {
    await turn.pause();
    if (step.type === "progress") progress(step.offset, source.bytes);
    else {
      const place = placeOf(index, step.offset);
      if (place !== undefined) return { ...place, of: "frame", end: place.start + step.bytes };
    }
  }
  return undefined;
}

/** What lies before a row that is known to match. */
async function searchCompressed(
  open: OpenCapture,
  patterns: readonly Pattern[],
  { row, start, of }: SearchPlace,
  endRow: number,
  { signal, progress }: CallContext,
): Promise<SearchHit | undefined> {
  const turn = new Turn(signal);
  const range = { fromRow: row, fromByte: of === "content" ? start : 0, endRow };
  for await (const step of searchContents(await open.indexed(), patterns, range)) {
    await turn.pause();
    if (step.type === "progress") progress(step.nextRow, endRow);
    else return { row: step.row, start: step.start, of: "content", end: step.start + step.bytes };
  }
  return undefined;
}

function fileOffsetOf(index: CaptureIndex, row: number, start: number): number {
  if (row >= index.rows) return 0;
  return index.streams[index.streamNumber(row)]?.extents.fileOffset(index.offset(row) + start) ?? 0;
}

function patternsOf({ kind, text, ignoresCase }: NeedleAsk): Pattern[] | TextFault {
  try {
    const needle =
      kind === "text" ? { kind, text, ignoresCase } : { kind: kind === "bytes" ? ("hex" as const) : kind, text };
    return [...parseNeedle(needle)];
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const at = error.offset ?? 0;
    return { at, end: at + 1, found: error.found, expected: error.expected };
  }
}
