import { CaptureIndexer } from "../../src/inspect/capture_indexer.ts";
import { bytesSource } from "../../src/inspect/mod.ts";
import type { IndexedCapture } from "../../src/inspect/read_row.ts";
import { compressor } from "./read_capture.ts";

/** A capture in memory, indexed. */
export function indexedCapture(bytes: Uint8Array, protocol = "snapshot", contents = true): IndexedCapture {
  const indexer = new CaptureIndexer({ container: "stream", protocol }, contents ? { contents: { compressor } } : {});
  indexer.push(bytes);
  indexer.finish();
  return { source: bytesSource("test", bytes), index: indexer.index, options: { compressor } };
}
