/** Frames out to files. */
import { CaptureExport } from "../../src/inspect/capture_export.ts";
import type { CaptureIndex } from "../../src/inspect/capture_index.ts";
import { RowReader } from "../../src/inspect/row_reader.ts";
import type { Ask, ExportedFiles } from "../worker_messages.ts";
import type { CallContext } from "./captures.ts";
import { definitionOf } from "./change_calls.ts";
import type { OpenCapture } from "./open_capture.ts";
import { Turn } from "./turn.ts";

/** Pieces of a file become a blob when they are this many bytes: the browser may put it on disk. */
const BLOB_BYTES = 4_194_304;

export async function exportRows(
  { capture, rows, kind }: Ask<"export">,
  { captures, signal, progress }: CallContext,
): Promise<ExportedFiles> {
  const open = captures.get(capture);
  const indexed = await open.indexed();
  const { index } = indexed;
  const first = rows === undefined ? allRows(open).next().value : rows[0];
  if (first === undefined) throw new Error("there are no frames to export");
  const definition = definitionOf(indexed, first);
  const writer = new CaptureExport(definition, kind);
  const files = writer.files.map(() => new GatheredFile());
  const take = (pieces: readonly Uint8Array[]): void => {
    for (const [at, file] of files.entries()) file.add(pieces[at]!);
  };
  const reader = new RowReader(indexed);
  const turn = new Turn(signal);
  let [written, leftOut] = [0, 0];
  take(writer.begin());
  for (const row of rows === undefined ? allRows(open) : withParts(index, rows)) {
    if (index.streams[index.streamNumber(row)]?.definition !== definition) leftOut++;
    else {
      take(writer.add({ ...(await reader.read(row)), timeMs: index.timeMs(row) }));
      progress(++written, index.rows);
    }
    await turn.pause();
  }
  take(writer.end());
  const name = open.name.replace(/\.[^.]*$/, "") || "capture";
  const named = files.map((file, at) => {
    const { extension, mediaType } = writer.files[at]!;
    return { name: `${name}-export.${extension}`, blob: file.blob(mediaType) };
  });
  return { files: named, leftOut };
}

/** Every frame that the list shows, parts as well. */
function* allRows({ index, list, isFiltered }: OpenCapture): Generator<number, undefined> {
  if (isFiltered) yield* list.rows();
  else for (let row = 0; row < index.rows; row++) yield row;
}

/** A line that stands for a message in parts means all of them. */
function* withParts(index: CaptureIndex, rows: readonly number[]): Generator<number> {
  const seen = new Set<number>();
  for (const row of rows) {
    const group = index.group(row);
    for (const one of group !== undefined && group.rows[0] === row ? group.rows : [row]) {
      if (!seen.has(one)) yield one;
      seen.add(one);
    }
  }
}

/** One file as it is written. */
class GatheredFile {
  #blobs: Blob[] = [];
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #bytes = 0;

  add(piece: Uint8Array): void {
    // A view on what is read ahead would be another one by the time that it is used.
    this.#pieces.push(piece.slice());
    this.#bytes += piece.length;
    if (this.#bytes < BLOB_BYTES) return;
    this.#blobs.push(new Blob(this.#pieces));
    this.#pieces = [];
    this.#bytes = 0;
  }

  blob(type: string): Blob {
    return new Blob([...this.#blobs, ...this.#pieces], { type });
  }
}
