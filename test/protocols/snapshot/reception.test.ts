/** What a server makes of Snapshot frames (spec §3, §6.3, §6.5, §6.7, §6.9). */
import { beforeAll, describe, expect, it } from "vitest";
import { zstdCompressor } from "../../../src/node/zstd.ts";
import type { Compressor } from "../../../src/ports/compressor.ts";
import { encodeFrame, encodeSnapshot, FLAG_COMPRESSED, FLAG_SEGMENTED } from "../../../src/protocols/snapshot/mod.ts";
import { envelope, id, partFrame, partFrames, snapshotFrame, snapshotOf } from "./messages_of.ts";
import { ServerFixture } from "./server_fixture.ts";

let compressor: Compressor;
beforeAll(async () => {
  compressor = await zstdCompressor();
});

const CONTENT = encodeSnapshot(snapshotOf(id(1), 30));

describe("a whole snapshot", () => {
  it("is acknowledged as stored only when the host says so", () => {
    const server = ServerFixture.established();
    const frame = snapshotFrame(id(1), 1);
    server.receive(frame);
    expect(server.take("snapshot")).toMatchObject([
      {
        agentId: "agent-01",
        snapshotId: id(1),
        frames: [frame],
        frameBytes: frame.length,
        windowEndMs: 2_000,
        processes: 1,
        processTotal: 1,
      },
    ]);
    server.wait(4_000);
    expect(server.answers()).toEqual([]);
    server.session.command({ type: "stored", snapshotId: id(1) }, server.nowMs);
    expect(server.answers()).toEqual(["stored 01"]);
  });

  it("that comes again while it waits is answered once, and not stored twice", () => {
    const server = ServerFixture.established();
    server.receive(snapshotFrame(id(1), 1), snapshotFrame(id(1), 1));
    expect(server.take("snapshot")).toHaveLength(1);
    expect(server.answers()).toEqual([]);
    server.session.command({ type: "stored", snapshotId: id(1) }, 0);
    expect(server.answers()).toEqual(["stored 01"]);
  });

  it("that waits is answered with it, even when another server's store knows it by then", () => {
    const server = ServerFixture.established();
    server.receive(snapshotFrame(id(1), 1));
    server.known.add(id(1));
    server.receive(snapshotFrame(id(1), 1));
    expect(server.answers()).toEqual([]);
    server.session.command({ type: "stored", snapshotId: id(1) }, 0);
    expect(server.answers()).toEqual(["stored 01"]);
  });

  it("that is known is answered at once, on this connection and the next", () => {
    const server = ServerFixture.established();
    server.receive(snapshotFrame(id(1), 1));
    server.session.command({ type: "stored", snapshotId: id(1) }, 0);
    server.receive(snapshotFrame(id(1), 2));
    expect(server.answers()).toEqual(["stored 01", "stored 02"]);
    expect(server.take("duplicate")).toEqual([{ type: "duplicate", snapshotId: id(1) }]);
    expect(server.known.has(id(1))).toBe(true);
  });

  it("that will never be stored is refused with its reason", () => {
    const server = ServerFixture.established();
    server.receive(snapshotFrame(id(1), 1));
    server.session.command(
      { type: "refuse", snapshotId: id(1), errorName: "STORE_FAILED", detail: "é".repeat(200) },
      0,
    );
    const [ack] = server.messages();
    expect(ack).toMatchObject({ payload: { status: 2, errorCode: 14, detail: "é".repeat(128) } });
    expect(server.known.has(id(1))).toBe(false);
  });

  it("that is forgotten stays unanswered, and is taken again when it comes again", () => {
    const server = ServerFixture.established();
    server.receive(snapshotFrame(id(1), 1));
    server.session.command({ type: "forget", snapshotId: id(1) }, 0);
    expect(server.answers()).toEqual([]);
    expect(server.session.state).toBe("established");
    server.receive(snapshotFrame(id(1), 1));
    expect(server.take("snapshot")).toHaveLength(2);
  });

  it("over the window stays unanswered", () => {
    const server = ServerFixture.established({ maxUnstoredSnapshots: 2 });
    for (let i = 1; i <= 3; i++) server.receive(snapshotFrame(id(i), i));
    expect(server.take("snapshot")).toHaveLength(2);
    expect(server.take("protocolError").map(({ error }) => error.code)).toEqual(["snapshot/window-exceeded"]);
    expect(server.answers()).toEqual([]);
    server.session.command({ type: "stored", snapshotId: id(1) }, 0);
    server.receive(snapshotFrame(id(3), 3));
    expect(server.take("snapshot")).toHaveLength(1);
  });

  it("that is malformed is refused under its id; the next one is taken", () => {
    const server = ServerFixture.established();
    const payload = CONTENT.slice();
    payload[20] = 0xff;
    payload.fill(0xff, 32, 36);
    server.receive(encodeFrame(envelope("snapshot", 7), payload), snapshotFrame(id(2), 8));
    expect(server.answers()).toEqual(["refused PAYLOAD_MALFORMED 07"]);
    expect(server.take("refused")).toMatchObject([
      { snapshotId: undefined, error: { code: "snapshot/payload-malformed" } },
    ]);
    expect(server.take("snapshot")).toHaveLength(1);
  });

  it("of another agent is refused", () => {
    const server = ServerFixture.established();
    server.receive(snapshotFrame(id(1), 1, { agentId: "agent-02" }));
    expect(server.answers()).toEqual(["error AGENT_MISMATCH 01"]);
    expect(server.take("snapshot")).toEqual([]);
  });
});

describe("a snapshot in parts", () => {
  it("has each part received, the last one not, and all of them stored", () => {
    const server = ServerFixture.established();
    const frames = partFrames(id(1), CONTENT, 3, 0x10);
    server.receive(...frames);
    expect(server.answers()).toEqual(["received 10", "received 11"]);
    expect(server.take("snapshot")).toMatchObject([{ snapshotId: id(1), frames, processes: 30 }]);
    server.session.command({ type: "stored", snapshotId: id(1) }, 0);
    expect(server.answers()).toEqual(["stored 10", "stored 11", "stored 12"]);
    server.receive(frames[1]!);
    expect(server.answers()).toEqual(["stored 11"]);
  });

  it("may come in any order, with parts of others between, and repeats", () => {
    const server = ServerFixture.established();
    const a = partFrames(id(1), CONTENT, 3, 0x10);
    const b = partFrames(id(2), encodeSnapshot(snapshotOf(id(2), 40)), 2, 0x20);
    server.receive(a[2]!, b[1]!, a[0]!, a[2]!, b[0]!, a[1]!);
    expect(server.answers()).toEqual(["received 12", "received 21", "received 10", "received 12"]);
    const events = server.take("snapshot");
    expect(events.map(({ snapshotId }) => snapshotId)).toEqual([id(2), id(1)]);
    expect(events[1]!.frames).toEqual(a);
  });

  it("is refused as a whole when it is malformed, or another snapshot than its parts say", () => {
    for (const content of [CONTENT.subarray(0, 200), encodeSnapshot(snapshotOf(id(9), 30))]) {
      const server = ServerFixture.established();
      server.receive(...partFrames(id(1), content, 2, 0x10));
      expect(server.answers()).toEqual(["received 10", "refused PAYLOAD_MALFORMED 10", "refused PAYLOAD_MALFORMED 11"]);
      expect(server.take("refused")).toMatchObject([{ snapshotId: id(1) }]);
      expect(server.session.heldBytes).toBe(0);
    }
  });

  it("that can't be held until it is stored costs the connection: only a reconnect brings all of it again", () => {
    const server = ServerFixture.established();
    server.receive(...partFrames(id(1), CONTENT, 2, 0x10));
    server.answers();
    server.session.command({ type: "forget", snapshotId: id(1) }, 0);
    expect(server.answers()).toEqual(["error STORE_FAILED 00"]);
    expect(server.session.state).toBe("closed");
  });

  it("is answered in full when it comes whole in between", () => {
    const server = ServerFixture.established();
    const [first, second] = partFrames(id(1), CONTENT, 2, 0x10);
    server.receive(first!, encodeFrame(envelope("snapshot", 0x20), CONTENT), second!);
    expect(server.take("snapshot")).toHaveLength(1);
    server.session.command({ type: "stored", snapshotId: id(1) }, 0);
    expect(server.answers().sort()).toEqual(["received 10", "stored 10", "stored 11", "stored 20"]);
    expect(server.session.heldBytes).toBe(0);
  });

  it("is one zstd frame when it is compressed", () => {
    const server = ServerFixture.established({ compressor }, 2);
    const content = compressor.compress(encodeSnapshot(snapshotOf(id(1), 500)));
    server.receive(...partFrames(id(1), content, 4, 0x10, { compressed: true }));
    expect(server.take("snapshot")).toMatchObject([{ processes: 500 }]);
  });
});

describe("a part that contradicts an earlier one is refused", () => {
  const good = new Uint8Array(100).fill(7);
  const cases: [string, Uint8Array[]][] = [
    ["same range, other bytes", [partFrame({}, good), partFrame({}, new Uint8Array(100).fill(8), 0x71)]],
    [
      "same part, other range",
      [partFrame({ partIndex: 1, offset: 100 }, good), partFrame({ partIndex: 1, offset: 90 }, good, 0x71)],
    ],
    ["another count", [partFrame({}, good), partFrame({ partIndex: 1, partCount: 4, offset: 100 }, good, 0x71)]],
    ["another total", [partFrame({}, good), partFrame({ partIndex: 1, totalBytes: 301, offset: 100 }, good, 0x71)]],
    ["an overlap", [partFrame({}, good), partFrame({ partIndex: 1, offset: 99 }, good, 0x71)]],
    ["a gap", [partFrame({}, good), partFrame({ partIndex: 1, offset: 101 }, good, 0x71)]],
    ["no room between its neighbours", [partFrame({}, good), partFrame({ partIndex: 2, offset: 100 }, good, 0x71)]],
    ["an end that is not the end", [partFrame({}, good), partFrame({ partIndex: 2, offset: 190 }, good, 0x71)]],
    [
      "other flags",
      [partFrame({}, good), partFrame({ partIndex: 1, offset: 100 }, good, 0x71, FLAG_SEGMENTED | FLAG_COMPRESSED)],
    ],
    [
      "other ignorable flags",
      [partFrame({}, good), partFrame({ partIndex: 1, offset: 100 }, good, 0x71, FLAG_SEGMENTED | 0x80)],
    ],
  ];
  for (const [name, frames] of cases) {
    it(name, () => {
      const server = ServerFixture.established({ compressor }, 2);
      server.receive(...frames);
      expect(server.answers()).toEqual(["received 70", "refused SEGMENT_CONFLICT 71"]);
      expect(server.take("refused")).toMatchObject([{ error: { code: "snapshot/segment-conflict" } }]);
    });
  }

  it("also when it contradicts itself, and leaves nothing behind", () => {
    const server = ServerFixture.established();
    // The first part does not start at the start; the last does not end at the end; three bytes are left for four parts.
    server.receive(
      partFrame({ offset: 1 }, good),
      partFrame({ partIndex: 2, offset: 100 }, good),
      partFrame({ partCount: 5, totalBytes: 103 }, good),
    );
    expect(server.answers()).toEqual([
      "refused SEGMENT_CONFLICT 70",
      "refused SEGMENT_CONFLICT 70",
      "refused SEGMENT_CONFLICT 70",
    ]);
    expect(server.session.heldBytes).toBe(0);
  });

  it("and one that is no part at all is malformed", () => {
    const server = ServerFixture.established();
    server.receive(
      partFrame({ partCount: 1 }, good),
      partFrame({ partCount: 0 }, good),
      partFrame({ partIndex: 3 }, good),
      partFrame({ offset: 250 }, good),
      partFrame({}, new Uint8Array(0)),
      encodeFrame(envelope("snapshot", 0x70, { flags: FLAG_SEGMENTED }), new Uint8Array(5)),
    );
    expect(server.answers()).toEqual(Array(6).fill("refused PAYLOAD_MALFORMED 70"));
  });
});
