import { describe, expect, it } from "vitest";
import { FrameScanner } from "../../src/core/mod.ts";
import { MAX_FEED_BYTES, MAX_TAP_FEEDS, Tap, type TapChoice } from "../../src/ingest/mod.ts";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { SnapshotFrameReader } from "../../src/protocols/snapshot/frame_reader.ts";
import {
  type Envelope,
  encodeControl,
  encodeFrame,
  encodeSnapshot,
  IdSource,
  type MessageType,
  SNAPSHOT_FRAMING,
} from "../../src/protocols/snapshot/mod.ts";
import { Outbound } from "../../src/protocols/snapshot/outbound.ts";
import { snapshotFrames } from "../../src/protocols/snapshot/snapshot_frames.ts";

const ALL: TapChoice = { agents: [], types: [], framesPerSecond: 1_000 };
const SECRET = "--password=hunter2";
const VERSION = { major: 1, minor: 0 };

function envelope(agentId: string, type: MessageType): Envelope {
  const messageId = new Uint8Array(16).fill(3);
  return { version: VERSION, type, flags: 0, platform: 2, messageId, timestampUtcMs: 5, agentId, extensions: [] };
}

function heartbeat(agentId: string): Uint8Array {
  const payload = { queuedSnapshots: 3, droppedSnapshots: 0, extensions: [] };
  return encodeFrame(envelope(agentId, "heartbeat"), encodeControl({ type: "heartbeat", payload }));
}

/** The frames of a snapshot whose processes have command lines that nobody should see. */
function secretSnapshot(processes: number, compressor?: Awaited<ReturnType<typeof zstdCompressor>>): Uint8Array[] {
  const snapshotId = new Uint8Array(16).fill(9);
  const payload = encodeSnapshot({
    snapshotId,
    windowStartMs: 0,
    windowEndMs: 1_000,
    cpuTotalPct: 3,
    selection: 0,
    memUsedBytes: 1,
    memTotalBytes: 2,
    processTotal: processes,
    extensions: [],
    processes: Array.from({ length: processes }, (_, pid) => ({
      pid,
      name: `worker-${pid}`,
      cpuPct: 1,
      rssBytes: 4_096,
      cmdline: pid % 2 === 0 ? `worker ${SECRET} ${pid}` : null,
    })),
  });
  let draws = 0;
  const entropy = { fill: (into: Uint8Array): void => void into.fill(++draws) };
  const outbound = new Outbound({ version: VERSION, agentId: "db-1", platform: 2 }, new IdSource(entropy), 0);
  const rules = { version: VERSION, compressor, targetSnapshotBytes: 4_096, maxFrameBytes: 262_144 };
  return snapshotFrames(payload, snapshotId, rules, outbound, 77).map(({ bytes }) => bytes);
}

/** What the tests look at of a row. */
interface Row {
  readonly agentId: string;
  readonly messageId: string;
  readonly timestampUtcMs: number;
  readonly payload: { readonly processes: readonly object[] };
}

/** What a capture of these bytes says, frame by frame. */
function rowsOf(bytes: Uint8Array, compressor?: Awaited<ReturnType<typeof zstdCompressor>>): Row[] {
  const scanner = new FrameScanner(SNAPSHOT_FRAMING);
  const reader = new SnapshotFrameReader({ compressor });
  scanner.push(bytes);
  const rows: Row[] = [];
  for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
    expect(frame.status).toBe("ok");
    rows.push(reader.read(frame.bytes) as unknown as Row);
  }
  expect(scanner.isBetweenFrames).toBe(true);
  return rows;
}

function joined(frames: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(frames.flatMap((frame) => [...frame]));
}

describe("Tap", () => {
  it("shows whole frames of both directions, however they were cut", () => {
    const tap = new Tap({ compressor: undefined, showsCommandLines: false });
    expect(tap.isOpen).toBe(false);
    const feed = tap.open(ALL, 0)!;
    const stream = joined([heartbeat("a"), heartbeat("b")]);
    for (let at = 0; at < stream.length; at++) tap.received(1, stream.subarray(at, at + 1), at === 0, 0);
    tap.sent([heartbeat("server")], 0);
    expect(rowsOf(feed.take()!).map(({ agentId }) => agentId)).toEqual(["a", "b", "server"]);
    expect(feed.take()).toBeUndefined();
  });

  it("takes up a connection at the next frame, not in the middle of one", () => {
    const tap = new Tap({ compressor: undefined, showsCommandLines: false });
    const feed = tap.open(ALL, 0)!;
    tap.received(1, heartbeat("a").subarray(7), false, 0);
    tap.received(1, heartbeat("b"), true, 0);
    expect(rowsOf(feed.take()!).map(({ agentId }) => agentId)).toEqual(["b"]);
    expect(feed.counts.unreadableFrames).toBe(0);
  });

  it.each([1, 4_000])("takes command lines out of a snapshot of %i processes, and nothing else", async (processes) => {
    const zstd = await zstdCompressor();
    for (const compressor of [undefined, zstd]) {
      const tap = new Tap({ compressor: zstd, showsCommandLines: false });
      const feed = tap.open({ ...ALL, framesPerSecond: 100_000 }, 0)!;
      const frames = secretSnapshot(processes, compressor);
      const expected = rowsOf(joined(frames), zstd);
      for (const frame of frames) tap.received(1, frame, true, 0);
      const shown = feed.take()!;
      const rows = rowsOf(shown, zstd);
      expect(JSON.stringify(expected)).toContain(SECRET);
      expect(new TextDecoder("latin1").decode(shown)).not.toContain("hunter2");
      const [before, after] = [expected.at(-1)!, rows.at(-1)!];
      const processesBefore = before.payload.processes.map((one) => ({ ...one, cmdline: null }));
      expect(after.payload).toEqual({ ...before.payload, processes: processesBefore });
      expect(after.timestampUtcMs).toBe(before.timestampUtcMs);
      const ids = expected.map(({ messageId }) => messageId);
      for (const { messageId } of rows) expect(ids).toContain(messageId);
      expect(feed.counts).toEqual({
        shownFrames: rows.length,
        sampledOutFrames: 0,
        droppedFrames: 0,
        unreadableFrames: 0,
      });
    }
  });

  it("shows a snapshot as it came where command lines may be seen", () => {
    const tap = new Tap({ compressor: undefined, showsCommandLines: true });
    const feed = tap.open(ALL, 0)!;
    const frames = secretSnapshot(200);
    for (const frame of frames) tap.received(1, frame, true, 0);
    expect(feed.take()).toEqual(joined(frames));
  });

  it("shows nothing that it can't redact, and counts it", () => {
    const tap = new Tap({ compressor: undefined, showsCommandLines: false });
    const feed = tap.open(ALL, 0)!;
    const damaged = secretSnapshot(1)[0]!.slice();
    damaged[damaged.length - 1]! ^= 1;
    tap.received(1, damaged, true, 0);
    tap.received(1, heartbeat("a"), true, 0);
    expect(rowsOf(feed.take()!)).toHaveLength(1);
    expect(feed.counts.unreadableFrames).toBe(1);
  });

  it("shows each watcher its agents and types, at its rate", () => {
    const tap = new Tap({ compressor: undefined, showsCommandLines: false });
    const some = tap.open({ agents: ["b"], types: ["heartbeat"], framesPerSecond: 1_000 }, 0)!;
    const few = tap.open({ agents: [], types: [], framesPerSecond: 2 }, 0)!;
    for (const agentId of ["a", "b", "c", "b"]) tap.received(1, heartbeat(agentId), true, 0);
    expect(rowsOf(some.take()!).map(({ agentId }) => agentId)).toEqual(["b", "b"]);
    expect(few.counts).toMatchObject({ shownFrames: 2, sampledOutFrames: 2 });
    tap.received(1, heartbeat("a"), true, 500);
    expect(few.counts.shownFrames).toBe(3);
    some.choose({ agents: ["a"], types: [], framesPerSecond: 1 }, 500);
    tap.received(1, heartbeat("a"), true, 500);
    expect(some.counts.shownFrames).toBe(3);
  });

  it("drops and counts what a slow watcher does not take, and holds no more than its bound", () => {
    const tap = new Tap({ compressor: undefined, showsCommandLines: true });
    const feed = tap.open({ ...ALL, framesPerSecond: 1_000_000 }, 0)!;
    const frame = secretSnapshot(50)[0]!;
    const offered = Math.ceil((MAX_FEED_BYTES * 2) / frame.length);
    for (let i = 0; i < offered; i++) tap.received(1, frame, true, 0);
    const { shownFrames, droppedFrames } = feed.counts;
    expect(shownFrames + droppedFrames).toBe(offered);
    expect(droppedFrames).toBeGreaterThan(0);
    expect(feed.take()!.length).toBeLessThanOrEqual(MAX_FEED_BYTES);
  });

  it("holds nothing once nobody looks, and lets in so many watchers", () => {
    const tap = new Tap({ compressor: undefined, showsCommandLines: false });
    const feeds = Array.from({ length: MAX_TAP_FEEDS }, () => tap.open(ALL, 0)!);
    expect(tap.open(ALL, 0)).toBeUndefined();
    for (const feed of feeds) tap.close(feed);
    expect(tap.isOpen).toBe(false);
    const feed = tap.open(ALL, 0)!;
    // The connection is taken up anew, in step with its frames.
    tap.received(1, heartbeat("a").subarray(3), false, 0);
    expect(feed.take()).toBeUndefined();
    tap.closed(1);
  });
});
