import { type CaptureItem, CaptureReader } from "../../src/inspect/capture_reader.ts";
import { captureRow } from "../../src/inspect/capture_row.ts";
import { jsonLine } from "../../src/inspect/json_line.ts";
import { zstdCompressor } from "../../src/node/zstd.ts";
import type { Compressor } from "../../src/ports/compressor.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";

export const compressor: Compressor = await zstdCompressor();

/** Everything that a capture gives when it is cut where `cuts` says. */
export function readCapture(bytes: Uint8Array, cuts: readonly number[] = []): CaptureItem[] {
  const reader = new CaptureReader(SNAPSHOT_PROTOCOL, { compressor });
  const items: CaptureItem[] = [];
  const drain = (): void => {
    for (let item = reader.next(); item !== undefined; item = reader.next()) items.push(item);
  };
  [...cuts, bytes.length].reduce((from, to) => {
    // Scratch that is overwritten afterwards: the reader must not keep views of what it was given.
    const chunk = bytes.slice(from, to);
    reader.push(chunk);
    chunk.fill(0xa5);
    drain();
    return to;
  }, 0);
  reader.finish();
  drain();
  return items;
}

/** The rows as `dump --json` prints them, parsed again. */
export function rowsOf(items: readonly CaptureItem[]): { offset: number; error?: string }[] {
  return items.map((item) => JSON.parse(jsonLine(captureRow(item))));
}

/** What is comparable of items from differently cut captures. */
export function comparable(items: readonly CaptureItem[]): string[] {
  return items.map((item) =>
    item.type === "frame"
      ? jsonLine(captureRow(item))
      : `${item.offset} ${item.errorName} ${item.error.message} ${item.endOffset} ${item.resumedBy}`,
  );
}
