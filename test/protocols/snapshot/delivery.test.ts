import { describe, expect, it } from "vitest";
import { encodeSnapshot, idHex } from "../../../src/protocols/snapshot/mod.ts";
import { ClientFixture } from "./client_fixture.ts";
import { controlFrame, id, snapshotOf, type WireMessage } from "./messages_of.ts";

/** Messages in short: type, first byte of the message id and time stamp. */
function sentOf(messages: readonly WireMessage[]): string[] {
  return messages.map(({ envelope }) => `${envelope.type} ${idHex(envelope.messageId)} ${envelope.timestampUtcMs}`);
}

describe("a frame that is not answered", () => {
  it("is sent again after 2,000 ms, then 500 ms later, doubling up to 30,000, under the same id", () => {
    const client = ClientFixture.established({}, { heartbeatIntervalMs: 3_600_000 });
    client.send(id(1));
    const [first] = sentOf(client.messages());
    const startMs = client.nowMs;
    const times: number[] = [];
    while (times.length < 12) {
      const at = client.session.nextTimeoutMs()!;
      client.nowMs = at;
      client.session.onTimeout(at);
      for (const sent of sentOf(client.messages())) {
        expect(sent).toBe(first);
        times.push(at - startMs);
      }
    }
    const gaps = times.map((at, i) => at - (times[i - 1] ?? 0));
    expect(gaps).toEqual([2_000, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
    client.drain();
    expect(client.take("resent").map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("is not sent before its time, however often the host calls", () => {
    const client = ClientFixture.established();
    client.send(id(1));
    client.messages();
    for (let at = client.nowMs; at < client.nowMs + 2_000; at += 10) client.session.onTimeout(at);
    expect(client.messages()).toEqual([]);
    client.session.onTimeout(client.nowMs + 2_000);
    client.session.onTimeout(client.nowMs + 2_000);
    expect(client.messages()).toHaveLength(1);
  });

  it("is not queued behind itself while the transport takes nothing", () => {
    const client = ClientFixture.established({}, { heartbeatIntervalMs: 3_600_000 });
    client.send(id(1));
    for (let at = 0; at < 60_000; at += 100) client.session.onTimeout(client.nowMs + at);
    expect(client.messages()).toHaveLength(1);
  });

  it("waits on where an Ack for another comes in", () => {
    const client = ClientFixture.established();
    client.send(id(1));
    client.messages();
    client.ack(id(0x55), 1);
    client.wait(2_000);
    expect(client.messages()).toHaveLength(1);
  });
});

describe("a part", () => {
  it("that was received is not sent again on this connection, but on the next one, with its id and stamp", () => {
    const client = ClientFixture.established({}, { targetSnapshotBytes: 300, heartbeatIntervalMs: 3_600_000 });
    client.send(id(1), 30);
    const parts = client.messages();
    expect(parts.length).toBeGreaterThan(2);
    client.ack(parts[0]!.envelope.messageId, 0);
    client.wait(2_000);
    expect(sentOf(client.messages())).toEqual(sentOf(parts.slice(1)));
    for (const { envelope } of parts.slice(1)) client.ack(envelope.messageId, 0);
    client.wait(40_000);
    expect(client.messages().filter(({ type }) => type === "snapshot")).toEqual([]);
    client.command({ type: "lost", reason: "cut" });
    client.nowMs += 5_000;
    client.connect({ targetSnapshotBytes: 300 });
    expect(sentOf(client.messages())).toEqual(sentOf(parts));
    client.ack(parts.at(-1)!.envelope.messageId, 1);
    expect(client.take("stored")).toMatchObject([{ snapshotId: id(1) }]);
  });

  it("of one snapshot is cut by the rules of the connection that it goes out on", () => {
    const client = ClientFixture.established({}, { targetSnapshotBytes: 300 });
    client.send(id(1), 30);
    const before = client.messages();
    client.command({ type: "lost", reason: "cut" });
    client.connect();
    const after = client.messages();
    expect(before.length).toBeGreaterThan(2);
    expect(after).toHaveLength(1);
    // spec §2: a retry keeps the time of the first
    expect(after[0]!.envelope.timestampUtcMs).toBe(before[0]!.envelope.timestampUtcMs);
    // An answer to a frame that is no more says nothing.
    client.ack(before[0]!.envelope.messageId, 1);
    expect(client.take("stored")).toEqual([]);
    client.ack(after[0]!.envelope.messageId, 1);
    expect(client.take("stored")).toHaveLength(1);
  });

  it("that is refused ends its snapshot, and the next one in line goes out", () => {
    const client = ClientFixture.established({}, { targetSnapshotBytes: 300, maxUnstoredSnapshots: 1 });
    client.send(id(1), 30);
    const parts = client.messages();
    client.ack(parts[1]!.envelope.messageId, 2, 12, "no");
    expect(client.take("refused")).toMatchObject([{ snapshotId: id(1), errorName: "SEGMENT_CONFLICT", detail: "no" }]);
    expect(client.session.capacity).toBe(1);
    client.ack(parts[0]!.envelope.messageId, 1);
    expect(client.events).toEqual([]);
  });
});

describe("one frame", () => {
  it("carries a snapshot of exactly targetSnapshotBytes; a byte more makes two", () => {
    const payload = encodeSnapshot(snapshotOf(id(1), 20));
    for (const [targetSnapshotBytes, frames] of [
      [payload.length, 1],
      [payload.length - 1, 2],
    ] as const) {
      const client = ClientFixture.established({}, { targetSnapshotBytes });
      client.command({ type: "send", snapshotId: id(1), payload });
      expect(client.messages()).toHaveLength(frames);
    }
  });

  it("carries what compression would make no smaller as it is", () => {
    const compressor = { compress: (bytes: Uint8Array) => bytes.slice(), decompress: (bytes: Uint8Array) => bytes };
    const client = ClientFixture.established({ compressor }, { compression: 1 });
    client.send(id(1), 100);
    expect(client.messages()).toMatchObject([{ envelope: { flags: 0 } }]);
  });
});

describe("an Error", () => {
  const errorFrame = (errorCode: number, regardingId: Uint8Array): Uint8Array =>
    controlFrame({ type: "error", payload: { errorCode, regardingId, detail: "why", extensions: [] } });

  it("that names a snapshot for good ends it; one that may pass does not", () => {
    for (const [code, isFinal] of [
      [5, true],
      [18, true],
      [4, true],
      [3, false],
      [7, false],
      [14, false],
      [17, false],
    ] as const) {
      const client = ClientFixture.established();
      client.send(id(1));
      client.receive(errorFrame(code, client.messages()[0]!.envelope.messageId));
      expect(client.take("serverError")).toHaveLength(1);
      expect(client.take("refused")).toHaveLength(isFinal ? 1 : 0);
    }
  });
});

describe("the window", () => {
  it("is what the server allows, and opens as snapshots are stored", () => {
    const client = ClientFixture.established({}, { maxUnstoredSnapshots: 2 });
    client.send(id(1));
    client.send(id(2));
    expect(client.session.capacity).toBe(0);
    expect(() => client.send(id(3))).toThrow(expect.objectContaining({ code: "snapshot/window-full" }));
    const [first] = client.messages();
    client.ack(first!.envelope.messageId, 0);
    expect(client.session.capacity).toBe(0);
    client.ack(first!.envelope.messageId, 1);
    expect(client.session.capacity).toBe(1);
  });
});

describe("what the agent hears", () => {
  it("a throttle once for each change, from HandshakeAck and Backpressure", () => {
    const backpressure = (throttleDelayMs: number): Uint8Array =>
      controlFrame({ type: "backpressure", payload: { throttleDelayMs, reason: "queue", extensions: [] } });
    const client = new ClientFixture();
    client.connect({ throttleDelayMs: 400 });
    client.receive(backpressure(400), backpressure(900), backpressure(0));
    expect(client.take("throttle").map(({ throttleDelayMs }) => throttleDelayMs)).toEqual([400, 900, 0]);
    client.command({ type: "lost", reason: "cut" });
    client.connect();
    expect(client.take("throttle")).toEqual([]);
  });

  it("silence for three heartbeat intervals makes it leave", () => {
    const client = ClientFixture.established({}, { heartbeatIntervalMs: 1_000 });
    client.wait(2_999);
    expect(client.messages().map(({ type }) => type)).toEqual(["heartbeat", "heartbeat"]);
    expect(client.session.state).toBe("established");
    client.wait(1);
    expect(client.session.state).toBe("leaving");
    expect(client.take("disconnect")).toHaveLength(1);
  });

  it("its heartbeats say what it reports", () => {
    const client = ClientFixture.established({}, { heartbeatIntervalMs: 1_000 });
    client.command({ type: "report", queuedSnapshots: 7, droppedSnapshots: 12_345_678_901 });
    client.wait(1_000);
    expect(client.messages()).toMatchObject([{ payload: { queuedSnapshots: 7, droppedSnapshots: 12_345_678_901 } }]);
  });

  it("stamps follow a clock that is set; deadlines do not", () => {
    const client = ClientFixture.established({}, { heartbeatIntervalMs: 3_600_000 });
    client.command({ type: "clock", utcOffsetMs: 5_000_000 });
    client.send(id(1));
    const [before] = client.messages();
    expect(before!.envelope.timestampUtcMs).toBe(5_000_000 + client.nowMs);
    client.command({ type: "clock", utcOffsetMs: 9_000_000 });
    client.wait(2_000);
    expect(sentOf(client.messages())).toEqual(sentOf([before!]));
  });
});
