import { expect, it } from "vitest";
import { CaptureIndexer } from "../../src/inspect/capture_indexer.ts";
import { ListView } from "../../web/worker/list_view.ts";
import { vector } from "../inspect/vectors.ts";

const { bytes } = vector("snapshot_segmented");

/** An index of the first bytes, which the file's end was behind, and its list. */
function ended(at: number): { readonly indexer: CaptureIndexer; readonly list: ListView } {
  const indexer = new CaptureIndexer({ container: "stream", protocol: "snapshot" });
  const list = new ListView(indexer.index, false);
  indexer.push(bytes.subarray(0, at));
  indexer.finish();
  list.extend();
  return { indexer, list };
}

it("folds the parts of a snapshot into one line", () => {
  expect(ended(bytes.length).list.length).toBe(1);
});

it("forgets the rows that a file's end had made when it grows: what stands there then may be a part", () => {
  const { indexer, list } = ended(bytes.length - 10);
  expect(list.length).toBeGreaterThan(1);
  indexer.push(bytes.subarray(bytes.length - 10));
  indexer.finish();
  list.extend();
  expect(list.length).toBe(1);
  expect(list.entry(0)).toMatchObject({ type: "group", row: 0 });
});
