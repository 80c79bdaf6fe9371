/** What a peer can make a session hold (spec §6.7), and chunks that are not its own. */
import { describe, expect, it } from "vitest";
import { encodeFrame, encodeSegmentHeader, encodeSnapshot } from "../../../src/protocols/snapshot/mod.ts";
import { ClientFixture } from "./client_fixture.ts";
import {
  controlFrame,
  corrupted,
  envelope,
  handshakeMessage,
  heartbeatFrame,
  id,
  partFrames,
  snapshotFrame,
  snapshotOf,
} from "./messages_of.ts";
import { ServerFixture } from "./server_fixture.ts";

const KIB = 1_024;

/** A part of one byte whose envelope carries as much as an envelope may. */
function heavyPart(partIndex: number, partCount: number, snapshotId = id(1)): Uint8Array {
  const header = encodeSegmentHeader({ snapshotId, partIndex, partCount, totalBytes: partCount, offset: partIndex });
  const extensions = [{ tag: 64, bytes: new Uint8Array(60 * KIB) }];
  return encodeFrame(envelope("snapshot", 1, { flags: 2, extensions }), header, Uint8Array.of(1));
}

describe("a server holds for its agent at most", () => {
  it("twice the payload bound in unfinished snapshots, whatever stands around the slices", () => {
    const maxSnapshotBytes = 256 * KIB;
    const server = ServerFixture.established({ maxSnapshotBytes });
    let most = 0;
    for (let i = 0; i < 100; i++) {
      server.receive(heavyPart(i, 1_000));
      most = Math.max(most, server.session.heldBytes);
    }
    expect(most).toBeLessThanOrEqual(2 * maxSnapshotBytes);
    expect(server.answers()).toContain("refused REASSEMBLY_OVERFLOW 01");
  });

  it("four unfinished snapshots; a fifth refuses the oldest", () => {
    const server = ServerFixture.established();
    for (let i = 1; i <= 5; i++) server.receive(partFrames(id(i), new Uint8Array(100), 3, i * 16)[0]!);
    expect(server.answers()).toEqual([
      "received 10",
      "received 20",
      "received 30",
      "received 40",
      "refused REASSEMBLY_OVERFLOW 10",
      "received 50",
    ]);
    expect(server.take("refused").map(({ snapshotId }) => snapshotId)).toEqual([id(1)]);
  });

  it("maxSnapshotBytes of slices; over that the oldest goes, with every part of it", () => {
    const server = ServerFixture.established({ maxSnapshotBytes: 1_000 });
    const [a0, a1] = partFrames(id(1), new Uint8Array(900), 3, 0x10);
    const [b0, b1] = partFrames(id(2), new Uint8Array(900), 3, 0x20);
    server.receive(a0!, a1!, b0!);
    expect(server.answers()).toEqual(["received 10", "received 11", "received 20"]);
    server.receive(b1!);
    expect(server.answers()).toEqual([
      "refused REASSEMBLY_OVERFLOW 10",
      "refused REASSEMBLY_OVERFLOW 11",
      "received 21",
    ]);
  });

  it("one frame's worth while a handshake is decided on, be the frames good or broken", () => {
    const server = new ServerFixture();
    server.receive(controlFrame(handshakeMessage()));
    const broken = corrupted(heartbeatFrame());
    for (let i = 0; i < 3_000; i++) {
      server.receive(i % 7 === 0 ? heartbeatFrame(i & 0xff) : broken);
      expect(server.session.heldBytes).toBeLessThanOrEqual(300 * KIB);
    }
    expect(server.session.state).toBe("closed");
    expect(server.answers()).toEqual(["error HANDSHAKE_REQUIRED 00"]);
  });

  it("few ids of resends under new names, while a snapshot waits for its store", () => {
    const server = ServerFixture.established();
    for (let i = 0; i < 3_000; i++) {
      const messageId = new Uint8Array(16);
      new DataView(messageId.buffer).setUint32(0, i);
      server.receive(encodeFrame({ ...envelope("snapshot", 0), messageId }, encodeSnapshot(snapshotOf(id(1)))));
    }
    expect(server.session.heldBytes).toBeLessThanOrEqual(256 * KIB);
    server.session.command({ type: "stored", snapshotId: id(1) }, 0);
    const answers = server.answers().length;
    expect(answers).toBeGreaterThan(1_000);
    expect(answers).toBeLessThan(1_100);
    expect(server.session.heldBytes).toBe(0);
  });

  it("nothing once it is closed", () => {
    const server = ServerFixture.established();
    server.receive(partFrames(id(1), new Uint8Array(1_000), 3, 0x10)[0]!);
    expect(server.session.heldBytes).toBeGreaterThan(300);
    server.session.command({ type: "close", errorName: "SHUTTING_DOWN", detail: "" }, 0);
    expect(server.session.heldBytes).toBe(0);
  });
});

describe("an event holds nothing of the chunk that it came from", () => {
  const extensions = [{ tag: 64, bytes: Uint8Array.of(1, 2, 3) }];

  it("at the server", () => {
    const server = new ServerFixture();
    server.receive(controlFrame(handshakeMessage({ extensions }), 1, { extensions }));
    expect(server.take("handshake")[0]!.payload.extensions).toEqual(extensions);
    expect(server.take("unknownExtensions")[0]!.extensions).toEqual([...extensions, ...extensions]);
    server.accept();
    server.receive(
      controlFrame({ type: "heartbeat", payload: { queuedSnapshots: 1, droppedSnapshots: 2, extensions } }),
    );
    expect(server.take("heartbeat")[0]!.payload.extensions).toEqual(extensions);
    const frame = snapshotFrame(id(3), 3);
    server.receive(frame);
    expect(server.take("snapshot")[0]).toMatchObject({ snapshotId: id(3), frames: [frame] });
  });

  it("at the agent", () => {
    const client = ClientFixture.established();
    client.receive(controlFrame({ type: "backpressure", payload: { throttleDelayMs: 1, reason: "", extensions } }));
    expect(client.take("unknownExtensions")[0]!.extensions).toEqual(extensions);
  });
});

describe("an agent's session", () => {
  it("takes no snapshot twice", () => {
    const client = ClientFixture.established({}, { maxUnstoredSnapshots: 2 });
    client.send(id(1));
    expect(() => client.send(id(1))).toThrow(expect.objectContaining({ code: "snapshot/already-sent", side: "local" }));
    expect(client.session.capacity).toBe(1);
    client.send(id(2));
    const sent = client.messages();
    expect(sent.map(({ envelope: { type } }) => type)).toEqual(["snapshot", "snapshot"]);
    for (const message of sent) client.ack(message.envelope.messageId, 1);
    expect(client.session.capacity).toBe(2);
  });

  it("loses nothing to a server that leaves no room for a slice", () => {
    for (const ack of [{ targetSnapshotBytes: 0 }, { maxFrameBytes: 0 }, { maxFrameBytes: 190 }]) {
      const client = ClientFixture.established();
      client.send(id(1), 100);
      client.command({ type: "lost", reason: "cut" });
      client.events.length = 0;
      client.connect(ack);
      expect(client.take("refused")).toEqual([]);
      expect(client.session.state).toBe("leaving");
      client.command({ type: "lost", reason: "left" });
      client.connect();
      expect(client.messages().map(({ type }) => type)).toEqual(["snapshot"]);
    }
  });
});

describe("an envelope", () => {
  it("is refused when its size does not fit its field", () => {
    const extensions = [{ tag: 64, bytes: new Uint8Array(0xffff) }];
    expect(() => heartbeatFrame(1, { extensions })).toThrow(
      expect.objectContaining({ code: "snapshot/frame-malformed", side: "local" }),
    );
  });
});
