import assert from "node:assert/strict";
import { FileStore, type FileStoreEvent, type FileStoreLimits } from "../../deno/file_store.ts";
import { zstdCompressor } from "../../deno/zstd.ts";
import { parseStoreFile, storeFileName } from "../../src/inspect/store_file_name.ts";
import type { SnapshotRecord } from "../../src/ports/mod.ts";
import { MemoryDisk } from "./memory_disk.ts";
import { makeRecord, nameOf, namesIn } from "./records.ts";

const T0 = Date.UTC(2026, 10, 21, 1, 23, 45, 678);
const ROOMY: FileStoreLimits = { rotateBytes: 1e9, rotateAgeMs: 1e12, retainBytes: 1e12, retainAgeMs: 1e12 };

interface Opened {
  readonly store: FileStore;
  readonly events: FileStoreEvent[];
  readonly clock: { nowMs: number };
}

async function open(disk: MemoryDisk, limits: Partial<FileStoreLimits> = {}, nowMs = T0): Promise<Opened> {
  const events: FileStoreEvent[] = [];
  const clock = { nowMs };
  const store = await FileStore.open({
    disk,
    clock: { utcMs: () => clock.nowMs, monotonicMs: () => clock.nowMs },
    compressor: zstdCompressor(),
    limits: { ...ROOMY, ...limits },
    onEvent: (event) => events.push(event),
  });
  return { store, events, clock };
}

/** The only file of a disk. */
function onlyFile(disk: MemoryDisk): [string, Uint8Array] {
  assert.equal(disk.files.size, 1);
  return [...disk.files][0]!;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(chunks.flatMap((chunk) => [...chunk]));
}

/** Where records begin and end that stand from `from` on. */
function recordEnds(records: readonly SnapshotRecord[], from: number): number[] {
  const ends = [from];
  for (const { frameBytes } of records) ends.push(ends.at(-1)! + frameBytes);
  return ends;
}

Deno.test("store file names are sortable, and only such names are files of the store", () => {
  const name = storeFileName(T0, 42);
  assert.equal(name, "20261121T012345678Z-00000042.tide");
  assert.deepEqual(parseStoreFile(name, 7), { name, firstMs: T0, sequence: 42, bytes: 7 });
  for (const other of [".lock", "x.tide", `${name}.bak`, name.toLowerCase().replace("z-", "-")]) {
    assert.equal(parseStoreFile(other, 7), undefined, other);
  }
});

Deno.test("the file holds the frames as they came in, one batch after another, each synced", async () => {
  const disk = new MemoryDisk();
  const { store } = await open(disk);
  const batches = [[makeRecord(1), makeRecord(2, { parts: 3 })], [makeRecord(3, { compressed: true })]];
  for (const [i, batch] of batches.entries()) {
    await store.append(batch);
    assert.equal(disk.syncs, i + 1);
  }
  const [name, bytes] = onlyFile(disk);
  assert.equal(name, "20261121T012345678Z-00000001.tide");
  assert.deepEqual(bytes, joined(batches.flat().flatMap(({ frames }) => frames)));
  assert.equal(store.totalBytes, bytes.length);
  await store.close();
  await assert.rejects(store.append([makeRecord(4)]), /closed/);
});

Deno.test("batches of any size come out whole", async () => {
  const disk = new MemoryDisk();
  const { store } = await open(disk);
  const records = Array.from({ length: 40 }, (_, n) => makeRecord(n, { bytes: 60_000 }));
  await store.append(records);
  assert.deepEqual(onlyFile(disk)[1], joined(records.flatMap(({ frames }) => frames)));
});

Deno.test("after a restart the ids are there, oldest first, of plain, compressed and segmented snapshots", async () => {
  const disk = new MemoryDisk();
  const first = await open(disk, { rotateBytes: 2_000 });
  const records = Array.from({ length: 30 }, (_, n) =>
    makeRecord(n, { agentId: `a-${n % 3}`, parts: n % 4 === 1 ? 3 : 1, compressed: n % 5 === 2, bytes: 300 }),
  );
  for (let i = 0; i < records.length; i += 3) await first.store.append(records.slice(i, i + 3));
  await first.store.close();
  assert.ok(disk.files.size > 3);
  const { store, events } = await open(disk);
  assert.deepEqual(await namesIn(store.storedIds()), records.map(nameOf));
  assert.deepEqual(events, []);
});

Deno.test("a tail torn at any byte is cut back to the last whole record, and said", async () => {
  const whole = [makeRecord(1), makeRecord(2, { parts: 2 })];
  const torn = [
    makeRecord(3),
    makeRecord(4, { parts: 3, bytes: 200 }),
    makeRecord(5, { compressed: true, bytes: 400 }),
  ];
  const kept = joined(whole.flatMap(({ frames }) => frames));
  const rest = joined(torn.flatMap(({ frames }) => frames));
  const ends = recordEnds(torn, kept.length);
  const name = storeFileName(T0, 1);
  for (let cut = 0; cut < rest.length; cut++) {
    const disk = new MemoryDisk();
    disk.files.set(name, joined([kept, rest.subarray(0, cut)]));
    const { store, events } = await open(disk);
    const expectedEnd = ends.findLast((end) => end <= kept.length + cut)!;
    assert.equal(disk.files.get(name)!.length, expectedEnd, `cut at ${cut}`);
    const cutBytes = kept.length + cut - expectedEnd;
    assert.deepEqual(events, cutBytes === 0 ? [] : [{ type: "tornTail", file: name, offset: expectedEnd, cutBytes }]);
    // What follows lands behind the last whole record.
    await store.append([makeRecord(6)]);
    const names = [...whole, ...torn.slice(0, ends.indexOf(expectedEnd)), makeRecord(6)].map(nameOf);
    assert.deepEqual(await namesIn(store.storedIds()), names);
  }
});

Deno.test("a byte flipped anywhere loses its own record only, and is reported", async () => {
  const records = [makeRecord(1), makeRecord(2, { parts: 2 }), makeRecord(3), makeRecord(4)];
  const bytes = joined(records.flatMap(({ frames }) => frames));
  const ends = recordEnds(records, 0);
  for (let at = 0; at < bytes.length; at++) {
    const disk = new MemoryDisk();
    const older = storeFileName(T0, 1);
    const newer = storeFileName(T0, 2);
    const flipped = bytes.slice();
    flipped[at]! ^= 0x40;
    disk.files.set(older, flipped);
    disk.files.set(newer, flipped.slice());
    const { store, events } = await open(disk);
    const hit = ends.findLastIndex((end) => end <= at);
    const names = records.filter((_, i) => i !== hit).map(nameOf);
    assert.deepEqual(await namesIn(store.storedIds()), [...names, ...names], `flip at ${at}`);
    // The older file is never touched; the newer one is cut only where nothing whole comes after.
    assert.deepEqual(disk.files.get(older), flipped);
    assert.equal(disk.files.get(newer)!.length, hit === 3 ? ends[3] : bytes.length);
    const damaged = new Set(events.map((event) => ("file" in event ? `${event.type} ${event.file}` : event.type)));
    const ofNewer = hit === 3 ? `tornTail ${newer}` : `damaged ${newer}`;
    assert.deepEqual(damaged, new Set([ofNewer, `damaged ${older}`]));
    // Nothing is put behind damage that stays.
    await store.append([makeRecord(9)]);
    assert.equal(disk.files.size, hit === 3 ? 2 : 3);
  }
});

Deno.test("what a failed append left is cut back before the next one", async () => {
  const disk = new MemoryDisk();
  const { store } = await open(disk);
  await store.append([makeRecord(1)]);
  const goodBytes = disk.usedBytes;
  disk.capacityBytes = goodBytes + 50;
  await assert.rejects(store.append([makeRecord(2), makeRecord(3)]), /no space left/);
  assert.equal(disk.usedBytes, goodBytes + 50);
  disk.failTruncate = true;
  await assert.rejects(store.append([makeRecord(2), makeRecord(3)]), /truncate failed/);
  disk.failTruncate = false;
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  disk.failSync = true;
  await assert.rejects(store.append([makeRecord(2), makeRecord(3)]), /sync failed/);
  disk.failSync = false;
  await store.append([makeRecord(2), makeRecord(3)]);
  assert.deepEqual(
    await namesIn(store.storedIds()),
    [1, 2, 3].map((n) => nameOf(makeRecord(n))),
  );
  assert.equal(disk.usedBytes, onlyFile(disk)[1].length);
});

Deno.test("a file that could not be made is tried again under another name", async () => {
  const disk = new MemoryDisk();
  const { store } = await open(disk);
  disk.failCreate = true;
  await assert.rejects(store.append([makeRecord(1)]), /no more names/);
  disk.failCreate = false;
  await store.append([makeRecord(1)]);
  assert.equal(onlyFile(disk)[0], storeFileName(T0, 2));
});

Deno.test("a new file is begun by size and by age, and goes on after a restart", async () => {
  const disk = new MemoryDisk();
  const bytes = makeRecord(1).frameBytes;
  const limits = { rotateBytes: bytes * 2, rotateAgeMs: 60_000 };
  const first = await open(disk, limits);
  for (let n = 1; n <= 3; n++) await first.store.append([makeRecord(n)]);
  first.clock.nowMs += 60_000;
  await first.store.append([makeRecord(4)]);
  await first.store.close();
  const second = await open(disk, limits, T0 + 60_001);
  await second.store.append([makeRecord(5)]);
  assert.deepEqual(
    [...disk.files].map(([name, content]) => [name, content.length / bytes]),
    [
      [storeFileName(T0, 1), 2],
      [storeFileName(T0, 2), 1],
      [storeFileName(T0 + 60_000, 3), 2],
    ],
  );
  assert.deepEqual(
    first.events.map(({ type }) => type),
    ["rotated", "rotated"],
  );
});

Deno.test("the oldest files go when all are too large or too old, never the newest", async () => {
  const disk = new MemoryDisk();
  const bytes = makeRecord(1).frameBytes;
  const { store, events, clock } = await open(disk, {
    rotateBytes: bytes,
    retainBytes: bytes * 3,
    retainAgeMs: 10_000,
  });
  for (let n = 1; n <= 5; n++) {
    await store.append([makeRecord(n)]);
    clock.nowMs += 1_000;
  }
  assert.deepEqual(
    (await namesIn(store.storedIds())).map((name) => name.slice(-1)),
    ["3", "4", "5"],
  );
  // A file goes once the next one's first record is too old: then everything in it is.
  clock.nowMs = T0 + 3_000 + 10_000;
  await store.applyRetention();
  assert.equal(store.fileCount, 3);
  clock.nowMs += 1;
  await store.applyRetention();
  assert.equal(store.fileCount, 2);
  clock.nowMs += 1e9;
  await Promise.all([store.applyRetention(), store.applyRetention()]);
  assert.equal(store.fileCount, 1);
  assert.deepEqual(
    events.flatMap((event) => (event.type === "removed" ? [event.reason] : [])),
    ["size", "size", "age", "age"],
  );
});

Deno.test("other messages and strangers' files in the folder do no harm", async () => {
  const disk = new MemoryDisk();
  disk.files.set("notes.txt", new Uint8Array(10));
  const capture = await Deno.readFile(new URL("../../fixtures/snapshot/stream.tide", import.meta.url));
  disk.files.set(storeFileName(T0, 1), capture);
  const { store } = await open(disk);
  assert.equal(store.fileCount, 1);
  await namesIn(store.storedIds());
  assert.equal(disk.files.get("notes.txt")!.length, 10);
});
