import { describe, expect, it } from "vitest";
import { CaptureIndexer } from "../../src/inspect/capture_indexer.ts";
import { type ContentStep, searchContents } from "../../src/inspect/content_search.ts";
import { bytesSource, parseNeedle, readRow } from "../../src/inspect/mod.ts";
import type { IndexedCapture } from "../../src/inspect/read_row.ts";
import { compressor } from "./read_capture.ts";
import { vector } from "./vectors.ts";

function captureOf(...names: string[]): IndexedCapture {
  const bytes = new Uint8Array(Buffer.concat(names.map((name) => vector(name).bytes)));
  const indexer = new CaptureIndexer({ container: "stream", protocol: "snapshot" }, { contents: { compressor } });
  indexer.push(bytes);
  indexer.finish();
  return { source: bytesSource("test", bytes), index: indexer.index, options: { compressor } };
}

async function matches(
  capture: IndexedCapture,
  text: string,
  from: { readonly fromRow?: number; readonly fromByte?: number } = {},
): Promise<(ContentStep & { type: "match" })[]> {
  const range = { fromRow: 0, fromByte: 0, endRow: capture.index.rows, ...from };
  const found: (ContentStep & { type: "match" })[] = [];
  for await (const step of searchContents(capture, parseNeedle({ kind: "text", text, ignoresCase: true }), range)) {
    if (step.type === "match") found.push(step);
  }
  return found;
}

/** The text of a place that was found. */
async function textAt(
  capture: IndexedCapture,
  { row, start, bytes }: ContentStep & { type: "match" },
): Promise<string> {
  const { content } = await readRow(capture, row);
  return new TextDecoder().decode(content!.subarray(start, start + bytes));
}

/** The name of a process in the snapshot that a vector holds. */
const nameIn = (name: string): string => /"name":"([a-z][a-z0-9-]{4,})"/.exec(JSON.stringify(vector(name).rows))![1]!;

describe("searchContents", () => {
  it("finds what a compressed snapshot holds, where its content shows it", async () => {
    const capture = captureOf("heartbeat", "snapshot_zstd", "heartbeat");
    const name = nameIn("snapshot_zstd");
    const found = await matches(capture, name.toUpperCase());
    expect(found.length).toBeGreaterThan(0);
    for (const one of found) {
      expect(one.row).toBe(1);
      expect(await textAt(capture, one)).toBe(name);
    }
  });

  it("finds it in the row that makes a message in parts whole", async () => {
    const capture = captureOf("snapshot_segmented_zstd");
    const found = await matches(capture, nameIn("snapshot_segmented_zstd"));
    expect(found.map(({ row }) => row)).toEqual(found.map(() => capture.index.rows - 1));
    expect(found.length).toBeGreaterThan(0);
  });

  it("passes over what is not compressed: its bytes are searched as they are", async () => {
    const capture = captureOf("snapshot_top100", "snapshot_segmented");
    expect(await matches(capture, nameIn("snapshot_top100"))).toEqual([]);
  });

  it("goes on behind a match, in the same content and in later rows", async () => {
    const capture = captureOf("snapshot_zstd", "heartbeat", "snapshot_zstd");
    const all = await matches(capture, "e");
    expect(new Set(all.map(({ row }) => row))).toEqual(new Set([0, 2]));
    const [first] = all;
    expect(await matches(capture, "e", { fromRow: 0, fromByte: first!.start + 1 })).toEqual(all.slice(1));
    expect(await matches(capture, "e", { fromRow: 1 })).toEqual(all.filter(({ row }) => row === 2));
  });

  it("finds nothing where there is no decoder, and tells how far it is", async () => {
    const capture = captureOf(...Array.from({ length: 70 }, () => "heartbeat"), "snapshot_zstd");
    const blind = { ...capture, options: { compressor: undefined } };
    expect(await matches(blind, "e")).toEqual([]);
    const range = { fromRow: 0, fromByte: 0, endRow: 71 };
    const steps: ContentStep[] = [];
    for await (const step of searchContents(blind, parseNeedle({ kind: "hex", text: "00" }), range)) steps.push(step);
    expect(steps).toEqual([{ type: "progress", nextRow: 64 }]);
  });
});
