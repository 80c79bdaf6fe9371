/** Broken streams (spec §1, §2), silence and heartbeats (spec §6.6), and how a connection ends. */
import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../../src/protocols/snapshot/mod.ts";
import { ClientFixture } from "./client_fixture.ts";
import { EndpointPair } from "./endpoint_pair.ts";
import { controlFrame, corrupted, envelope, heartbeatFrame, id, joined, snapshotFrame } from "./messages_of.ts";
import { ServerFixture } from "./server_fixture.ts";

const BAD = corrupted(heartbeatFrame(9));
/** Sets `length` and leaves the rest to chance. */
function lengthOf(bytes: number): Uint8Array {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, bytes, true);
  return head;
}

describe("a frame with a wrong CRC", () => {
  it("is answered and dropped; the next one is taken", () => {
    const server = ServerFixture.established();
    server.receive(joined(BAD, heartbeatFrame(2)));
    expect(server.messages().map(({ type }) => type)).toEqual(["error", "heartbeat"]);
    expect(server.take("protocolError")).toMatchObject([{ error: { code: "snapshot/crc-mismatch", fatal: false } }]);
  });

  it("eight times in a row closes", () => {
    const server = ServerFixture.established();
    for (let i = 0; i < 7; i++) server.receive(BAD);
    expect(server.session.state).toBe("established");
    server.receive(BAD);
    expect(server.session.state).toBe("closed");
    expect(server.answers()).toEqual(Array(8).fill("error CRC_MISMATCH 00"));
    expect(server.take("disconnect")).toMatchObject([{ errorName: "CRC_MISMATCH" }]);
    server.receive(heartbeatFrame());
    expect(server.answers()).toEqual([]);
  });

  it("is counted anew behind a good one", () => {
    const server = ServerFixture.established();
    for (let i = 0; i < 40; i++) server.receive(i % 8 === 7 ? heartbeatFrame() : BAD);
    expect(server.session.state).toBe("established");
  });

  it("closes as often as the host says", () => {
    const server = ServerFixture.established({ maxConsecutiveBadFrames: 2 });
    server.receive(BAD, BAD);
    expect(server.session.state).toBe("closed");
  });

  it("costs an agent its connection as well, and nothing that is on its way", () => {
    const client = ClientFixture.established();
    client.send(id(1));
    client.messages();
    for (let i = 0; i < 8; i++) client.receive(BAD);
    expect(client.session.state).toBe("leaving");
    expect(client.take("protocolError")).toHaveLength(8);
    client.command({ type: "lost", reason: "left" });
    client.connect();
    expect(client.messages().map(({ type }) => type)).toEqual(["snapshot"]);
  });
});

describe("a length", () => {
  it("over the maximum is answered, skipped and gone on behind", () => {
    const server = ServerFixture.established();
    const huge = joined(lengthOf(262_141), new Uint8Array(262_141));
    server.receive(joined(huge, heartbeatFrame(2)));
    expect(server.messages().map(({ type }) => type)).toEqual(["error", "heartbeat"]);
    expect(server.take("protocolError")[0]!.error.code).toBe("snapshot/frame-too-large");
  });

  it("of exactly the maximum is taken", () => {
    const server = ServerFixture.established();
    const overhead = encodeFrame(envelope("snapshot", 1)).length;
    const largest = encodeFrame(envelope("snapshot", 1), new Uint8Array(262_144 - overhead));
    expect(largest.length).toBe(262_144);
    server.receive(largest);
    expect(server.answers()).toEqual(["refused PAYLOAD_MALFORMED 01"]);
  });

  it("up to 16 MiB is skipped without being held, in chunks of any size", () => {
    const server = ServerFixture.established();
    const length = 16 * 1_024 * 1_024;
    server.receive(lengthOf(length));
    const chunk = new Uint8Array(65_536);
    for (let left = length; left > 0; left -= chunk.length) {
      server.receive(chunk.subarray(0, Math.min(left, chunk.length)));
      expect(server.session.heldBytes).toBe(0);
    }
    server.receive(heartbeatFrame(2));
    expect(server.messages().map(({ type }) => type)).toEqual(["error", "heartbeat"]);
  });

  it("over that closes", () => {
    const server = ServerFixture.established();
    server.receive(joined(lengthOf(16 * 1_024 * 1_024 + 1), heartbeatFrame()));
    expect(server.answers()).toEqual(["error FRAME_TOO_LARGE 00"]);
    expect(server.session.state).toBe("closed");
  });

  it("too small for an envelope closes", () => {
    for (const length of [0, 4, 37]) {
      const server = ServerFixture.established();
      server.receive(joined(lengthOf(length), heartbeatFrame()));
      expect(server.answers()).toEqual(["error FRAME_MALFORMED 00"]);
      expect(server.take("disconnect")).toMatchObject([{ errorName: "FRAME_MALFORMED" }]);
    }
  });
});

describe("an envelope", () => {
  it("with a critical flag or a type that is not known is answered by name, and the connection goes on", () => {
    const server = ServerFixture.established();
    const typed = heartbeatFrame(3);
    typed[10] = 8;
    for (const flags of [4, 8, 12, 0xff]) server.receive(heartbeatFrame(flags, { flags }));
    expect(server.answers()).toEqual([
      "error UNSUPPORTED_FLAG 04",
      "error UNSUPPORTED_FLAG 08",
      "error UNSUPPORTED_FLAG 0c",
      "error UNSUPPORTED_FLAG ff",
    ]);
    server.receive(sealed(typed), heartbeatFrame(5, { flags: 0xf0 }));
    expect(server.messages()).toMatchObject([
      { type: "error", payload: { errorCode: 4, regardingId: id(3) } },
      { type: "heartbeat" },
    ]);
  });

  it("with a payload flag on another message is malformed", () => {
    const server = ServerFixture.established();
    server.receive(heartbeatFrame(1, { flags: 1 }), heartbeatFrame(2, { flags: 2 }));
    expect(server.answers()).toEqual(["error FRAME_MALFORMED 01", "error FRAME_MALFORMED 02"]);
  });

  it("of the wrong size is malformed, and the connection goes on", () => {
    const server = ServerFixture.established();
    for (const envelopeBytes of [0, 33, 40, 42, 0xffff]) {
      const frame = heartbeatFrame();
      new DataView(frame.buffer).setUint16(14, envelopeBytes, true);
      server.receive(sealed(frame));
      expect(server.answers(), `${envelopeBytes}`).toMatchObject([
        expect.stringMatching(/^error (FRAME|PAYLOAD)_MALFORMED/),
      ]);
    }
    expect(server.session.state).toBe("established");
  });
});

describe("an Error from an agent", () => {
  it("is told and not answered", () => {
    const server = ServerFixture.established();
    server.receive(
      controlFrame({ type: "error", payload: { errorCode: 9, regardingId: id(0), detail: "?", extensions: [] } }),
    );
    expect(server.answers()).toEqual([]);
    expect(server.take("protocolError")).toMatchObject([{ error: { code: "snapshot/peer-error" } }]);
  });
});

describe("heartbeats", () => {
  it("are answered with zeros, under a new id", () => {
    const server = ServerFixture.established();
    const payload = { queuedSnapshots: 3, droppedSnapshots: 2n ** 64n - 1n, extensions: [] };
    server.receive(controlFrame({ type: "heartbeat", payload }, 5));
    expect(server.take("heartbeat")).toMatchObject([{ payload }]);
    const [answer] = server.messages();
    expect(answer).toMatchObject({ payload: { queuedSnapshots: 0, droppedSnapshots: 0 } });
    expect(answer!.envelope.messageId).not.toEqual(id(5));
  });

  it("keep a connection for as long as they come", () => {
    const pair = new EndpointPair({ server: { heartbeatIntervalMs: 1_000 } });
    pair.run(60_500);
    expect(pair.serverEventsOf("heartbeat")).toHaveLength(60);
    expect(pair.eventsOf("connect")).toHaveLength(1);
    expect(pair.serverEventsOf("disconnect")).toEqual([]);
  });
});

describe("an agent that sends nothing for three heartbeat intervals", () => {
  it("is dropped", () => {
    const server = ServerFixture.established({ heartbeatIntervalMs: 1_000 });
    server.wait(2_999);
    expect(server.session.state).toBe("established");
    server.wait(1);
    expect(server.answers()).toEqual(["error IDLE_TIMEOUT 00"]);
    expect(server.take("disconnect")).toMatchObject([{ errorName: "IDLE_TIMEOUT" }]);
  });

  it("has three more from every byte on", () => {
    const server = ServerFixture.established({ heartbeatIntervalMs: 1_000 });
    server.wait(2_500);
    server.receive(Uint8Array.of(60));
    server.wait(2_999);
    expect(server.session.state).toBe("established");
    server.wait(1);
    expect(server.session.state).toBe("closed");
  });
});

describe("a host", () => {
  it("can throttle, as often as it likes", () => {
    const server = ServerFixture.established();
    server.session.command({ type: "throttle", throttleDelayMs: 5_000, reason: "queue" }, 0);
    server.session.command({ type: "throttle", throttleDelayMs: 0, reason: "" }, 0);
    expect(server.messages()).toMatchObject([
      { type: "backpressure", payload: { throttleDelayMs: 5_000, reason: "queue" } },
      { type: "backpressure", payload: { throttleDelayMs: 0, reason: "" } },
    ]);
  });

  it("can end a connection with a reason, once, and hear of stores afterwards", () => {
    const server = ServerFixture.established();
    server.receive(snapshotFrame(id(1), 1));
    server.session.command({ type: "close", errorName: "AGENT_REPLACED", detail: "another connection" }, 0);
    server.session.command({ type: "close", errorName: "SHUTTING_DOWN", detail: "" }, 0);
    server.session.command({ type: "stored", snapshotId: id(1) }, 0);
    server.wait(100_000);
    expect(server.answers()).toEqual(["error AGENT_REPLACED 00"]);
    expect(server.take("disconnect")).toHaveLength(1);
    expect(server.session.nextTimeoutMs()).toBeUndefined();
  });

  it("is refused a window out of range", () => {
    for (const maxUnstoredSnapshots of [0, 1_025, Number.NaN]) {
      expect(() => new ServerFixture({ maxUnstoredSnapshots })).toThrow(
        expect.objectContaining({ code: "snapshot/option-out-of-range", side: "local" }),
      );
    }
  });

  it("is not thrown at by what a peer sends after the end", () => {
    const server = ServerFixture.established();
    server.session.command({ type: "close", errorName: "SHUTTING_DOWN", detail: "" }, 0);
    server.messages();
    server.drain();
    server.events.length = 0;
    server.receive(BAD, heartbeatFrame(), lengthOf(1));
    expect(server.events).toEqual([]);
    expect(server.messages()).toEqual([]);
  });
});

/** A frame with its CRC made right. */
function sealed(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  new DataView(copy.buffer).setUint32(4, crcOf(copy), true);
  return copy;
}

/** Bytewise, so that the test does not lean on what it tests. */
function crcOf(frame: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of frame.subarray(8)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
