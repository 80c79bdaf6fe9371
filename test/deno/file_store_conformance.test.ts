import assert from "node:assert/strict";
import { FileStore } from "../../deno/file_store.ts";
import { zstdCompressor } from "../../deno/zstd.ts";
import { type StorePlaceUnderTest, storeConformance } from "../store_conformance/suite.ts";
import { fileRecords } from "./file_records.ts";
import { MemoryDisk } from "./memory_disk.ts";

const LIMITS = { rotateBytes: 100_000, rotateAgeMs: 1e12, retainBytes: 1e12, retainAgeMs: 1e15 };

function diskUnderTest(): Promise<StorePlaceUnderTest> {
  const disk = new MemoryDisk();
  return Promise.resolve({
    open: () =>
      FileStore.open({
        disk,
        clock: { utcMs: () => Date.now(), monotonicMs: () => performance.now() },
        compressor: zstdCompressor(),
        limits: LIMITS,
        onEvent: ({ type }) => assert.equal(type, "rotated"),
      }),
    // A disk that is full in the middle of a record.
    fail: () => {
      disk.capacityBytes = disk.usedBytes + 700;
    },
    heal: () => {
      disk.capacityBytes = Number.POSITIVE_INFINITY;
    },
    contents: () => Promise.resolve(fileRecords([...disk.files.values()])),
    dispose: () => Promise.resolve(),
  });
}

storeConformance({
  name: "files",
  place: diskUnderTest,
  test: (name, fn) => Deno.test(name, fn),
});
