/** Connections that end (spec §6.4): when the agent comes back, and with what. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeSnapshot, idHex } from "../../../src/protocols/snapshot/mod.ts";
import { ClientFixture } from "./client_fixture.ts";
import { EndpointPair } from "./endpoint_pair.ts";
import { controlFrame, heartbeatFrame, id, messageOf, snapshotOf, type WireMessage } from "./messages_of.ts";

/** Messages in short: type, first byte of the message id and time stamp. */
function sentOf(messages: readonly WireMessage[]): string[] {
  return messages.map(({ envelope }) => `${envelope.type} ${idHex(envelope.messageId)} ${envelope.timestampUtcMs}`);
}

describe("after a reconnect", () => {
  it("all that is not stored goes out again, oldest first, in order, with ids and stamps as they were", () => {
    const client = ClientFixture.established({}, { targetSnapshotBytes: 400 });
    for (let i = 1; i <= 4; i++) {
      client.send(id(i), i === 3 ? 30 : 1);
      client.nowMs += 10;
    }
    const sent = client.messages();
    client.ack(sent[1]!.envelope.messageId, 1);
    expect(client.take("stored")).toMatchObject([{ snapshotId: id(2) }]);
    client.command({ type: "lost", reason: "cut" });
    client.connect({ targetSnapshotBytes: 400 });
    expect(sentOf(client.messages())).toEqual(sentOf(sent.filter((_, i) => i !== 1)));
  });

  it("no more than a smaller window takes; the rest follows as it empties", () => {
    const client = ClientFixture.established();
    for (let i = 1; i <= 4; i++) client.send(id(i));
    const sent = client.messages();
    client.command({ type: "lost", reason: "cut" });
    client.connect({ maxUnstoredSnapshots: 2 });
    expect(client.session.capacity).toBe(0);
    expect(sentOf(client.messages())).toEqual(sentOf(sent.slice(0, 2)));
    client.ack(sent[0]!.envelope.messageId, 1);
    expect(sentOf(client.messages())).toEqual(sentOf(sent.slice(2, 3)));
  });

  it("what is forgotten before its turn takes no place of the window with it", () => {
    const client = ClientFixture.established();
    for (let i = 1; i <= 4; i++) client.send(id(i));
    const sent = client.messages();
    client.command({ type: "lost", reason: "cut" });
    client.connect({ maxUnstoredSnapshots: 2 });
    client.messages();
    client.command({ type: "forget", snapshotId: id(4) });
    expect(client.messages()).toEqual([]);
    client.ack(sent[0]!.envelope.messageId, 1);
    expect(sentOf(client.messages())).toEqual(sentOf(sent.slice(2, 3)));
    expect(client.session.capacity).toBe(0);
  });

  it("nothing of the connection before is left: neither half a frame that came in, nor what was not written", () => {
    const client = ClientFixture.established();
    client.send(id(1));
    client.receive(heartbeatFrame().subarray(0, 20));
    client.command({ type: "lost", reason: "cut" });
    client.nowMs = client.session.nextTimeoutMs()!;
    client.session.onTimeout(client.nowMs);
    client.command({ type: "opened" });
    const [handshake, ...more] = client.messages();
    expect(handshake!.type).toBe("handshake");
    expect(more).toEqual([]);
    client.handshakeAck(handshake!.envelope.messageId);
    expect(client.session.state).toBe("established");
    expect(client.messages().map(({ type }) => type)).toEqual(["snapshot"]);
  });

  it("what was forgotten meanwhile stays away", () => {
    const client = ClientFixture.established();
    client.send(id(1));
    client.send(id(2));
    const sent = client.messages();
    client.command({ type: "lost", reason: "cut" });
    client.command({ type: "forget", snapshotId: id(1) });
    client.connect();
    expect(sentOf(client.messages())).toEqual(sentOf(sent.slice(1)));
  });
});

describe("reconnects", () => {
  it("come after 500 ms, doubling up to 30,000", () => {
    const pair = new EndpointPair();
    pair.isReachable = false;
    pair.run(200_000);
    const times = pair.clientEvents.flatMap(({ atMs, event }) => (event.type === "connect" ? [atMs] : []));
    const gaps = times.slice(1).map((at, i) => at - times[i]!);
    expect(times[0]).toBe(0);
    expect(gaps.slice(0, 9)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("start over once the server has answered something, and not for a HandshakeAck alone", () => {
    const heartbeat = (): Uint8Array => heartbeatFrame();
    const ack = (): Uint8Array =>
      controlFrame({ type: "ack", payload: { ackedId: id(1), status: 1, errorCode: 0, detail: "", extensions: [] } });
    for (const [answer, delayMs] of [
      [undefined, 4_000],
      [heartbeat, 500],
      [ack, 500],
    ] as const) {
      const client = new ClientFixture();
      for (let i = 0; i < 3; i++) {
        client.connect();
        client.command({ type: "lost", reason: "cut" });
      }
      client.connect();
      if (answer !== undefined) client.receive(answer());
      client.command({ type: "lost", reason: "cut" });
      expect(client.session.nextTimeoutMs()! - client.nowMs).toBe(delayMs);
    }
  });
});

describe("over a wire that cuts, delays and chops", () => {
  it("every snapshot is stored once, in order, and the agent hears of it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 900 })), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.array(fc.integer({ min: 0, max: 4_000 }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 0, max: 400 }),
        (snapshots, cuts, chunkBytes, delayMs) => {
          const pair = new EndpointPair({ server: { targetSnapshotBytes: 500, maxUnstoredSnapshots: 3 } });
          pair.wire.delayMs = delayMs;
          pair.wire.chunksOf = (bytes) => {
            const chunks: Uint8Array[] = [];
            for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.slice(at, at + chunkBytes));
            return chunks;
          };
          pair.run(5_000);
          snapshots.forEach(([processes, pauseMs], i) => {
            for (let tries = 0; pair.client.capacity === 0 && tries < 200; tries++) pair.runFor(1_000);
            const payload = encodeSnapshot(snapshotOf(id(i + 1), processes));
            pair.clientCommand({ type: "send", snapshotId: id(i + 1), payload });
            pair.runFor(pauseMs);
            const cut = cuts[i];
            if (cut === undefined) return;
            // It breaks in the middle of what is being written; the agent notices a little later.
            pair.wire.bytesUntilCut = cut;
            pair.runFor(cut / 4);
            pair.cut();
          });
          pair.runFor(120_000);
          const ids = snapshots.map((_, i) => id(i + 1));
          expect([...pair.stored].sort((a, b) => a[0]! - b[0]!)).toEqual(ids);
          expect(
            pair
              .eventsOf("stored")
              .map(({ snapshotId }) => snapshotId[0])
              .sort((a, b) => a! - b!),
          ).toEqual(ids.map(([byte]) => byte));
          expect(pair.eventsOf("refused")).toEqual([]);
          expect(pair.serverEventsOf("refused")).toEqual([]);
          const sent = pair.clientFrames.map(({ bytes }) => messageOf(bytes)).filter(({ type }) => type === "snapshot");
          expect(sent.length).toBeGreaterThanOrEqual(snapshots.length);
        },
      ),
      { numRuns: 150, seed: 7 },
    );
  });
});
