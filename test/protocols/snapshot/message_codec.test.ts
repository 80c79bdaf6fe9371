/** Envelopes and the six messages beside Snapshot (spec §2, §4, §5). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type FieldSink, FrameScanner, ProtocolError } from "../../../src/core/mod.ts";
import {
  type ControlMessage,
  checkEnvelope,
  decodeControl,
  decodeEnvelope,
  type Envelope,
  encodeControl,
  encodeFrame,
  SNAPSHOT_FRAMING,
} from "../../../src/protocols/snapshot/mod.ts";
import { SNAPSHOT_PROTOCOL } from "../../../src/protocols/snapshot/protocol.ts";
import {
  controlFrame,
  envelope,
  handshakeAckMessage,
  handshakeMessage,
  heartbeatFrame,
  id,
  partFrames,
  snapshotFrame,
} from "./messages_of.ts";
import { extensions } from "./snapshot_arbitrary.ts";

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u64 = fc
  .bigInt({ min: 0n, max: 2n ** 64n - 1n })
  .map((n) => (n <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(n) : n));
const anId = fc.uint8Array({ minLength: 16, maxLength: 16 });
/** Text of at most so many bytes. */
const text = (maxBytes: number): fc.Arbitrary<string> =>
  fc.string({ unit: "binary", maxLength: Math.min(100, Math.floor(maxBytes / 4)) });

const message: fc.Arbitrary<ControlMessage> = fc.oneof(
  fc.record({
    type: fc.constant("handshake" as const),
    payload: fc.record({
      minMajor: u8,
      minMinor: u8,
      maxMajor: u8,
      maxMinor: u8,
      capabilities: u32,
      agentVersion: text(999),
      hostName: text(999),
      osRelease: text(999),
      extensions,
    }),
  }),
  fc.record({
    type: fc.constant("handshakeAck" as const),
    payload: fc.record({
      handshakeId: anId,
      chosenMajor: u8,
      chosenMinor: u8,
      compression: fc.integer({ min: 0, max: 1 }),
      heartbeatIntervalMs: u32,
      targetSnapshotBytes: u32,
      maxFrameBytes: u32,
      maxUnstoredSnapshots: fc.integer({ min: 1, max: 1_024 }),
      throttleDelayMs: u32,
      extensions,
    }),
  }),
  fc.record({
    type: fc.constant("heartbeat" as const),
    payload: fc.record({ queuedSnapshots: u32, droppedSnapshots: u64, extensions }),
  }),
  fc.record({
    type: fc.constant("ack" as const),
    payload: fc
      .record({ ackedId: anId, status: fc.integer({ min: 0, max: 2 }), errorCode: u16, detail: text(256), extensions })
      .map((p) => (p.status === 2 ? p : { ...p, errorCode: 0 })),
  }),
  fc.record({
    type: fc.constant("backpressure" as const),
    payload: fc.record({ throttleDelayMs: u32, reason: text(256), extensions }),
  }),
  fc.record({
    type: fc.constant("error" as const),
    payload: fc.record({ errorCode: u16, regardingId: anId, detail: text(1_024), extensions }),
  }),
);

const anEnvelope: fc.Arbitrary<Omit<Envelope, "type">> = fc.record({
  version: fc.record({ major: fc.constant(1), minor: u8 }),
  flags: u8.map((flags) => flags & 0xf0),
  platform: u8,
  messageId: anId,
  timestampUtcMs: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n))),
  agentId: fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 32 }),
    fc.constantFrom("a".repeat(127), "a".repeat(128)),
  ),
  extensions,
});

const localFault = expect.objectContaining({ side: "local" });

/** What the first bytes of a frame make of it: the message, or the refusal's code. */
function outcomeOf(frame: Uint8Array): string {
  try {
    const decoded = decodeEnvelope(frame);
    checkEnvelope(decoded);
    if (decoded.envelope.type !== "snapshot") decodeControl(frame, decoded);
    return decoded.envelope.type;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return error.code;
  }
}

describe("any message", () => {
  it("comes back as it went in, in a frame that the scanner takes", () => {
    fc.assert(
      fc.property(anEnvelope, message, (fields, sent) => {
        const frame = encodeFrame({ ...fields, type: sent.type }, encodeControl(sent));
        const scanner = new FrameScanner(SNAPSHOT_FRAMING);
        scanner.push(frame);
        expect(scanner.next()).toMatchObject({ status: "ok", declaredBytes: frame.length });
        const decoded = decodeEnvelope(frame);
        checkEnvelope(decoded);
        expect(decoded.envelope).toEqual({ ...fields, type: sent.type });
        expect(decodeControl(frame, decoded)).toEqual(sent);
      }),
      { numRuns: 1_000, seed: 21 },
    );
  });

  it("cut short anywhere is refused with a code", () => {
    fc.assert(
      fc.property(anEnvelope, message, fc.nat(), (fields, sent, cut) => {
        const frame = encodeFrame(
          { ...fields, type: sent.type },
          encodeControl({ ...sent, payload: { ...sent.payload, extensions: [] } } as ControlMessage),
        );
        const shorter = frame.subarray(0, 42 + (cut % Math.max(1, frame.length - 42)));
        if (shorter.length < frame.length) expect(outcomeOf(shorter)).toMatch(/^snapshot\/(frame|payload)-malformed$/);
      }),
      { numRuns: 500, seed: 22 },
    );
  });
});

describe("an envelope", () => {
  it("has an agent id of 1 to 128 bytes", () => {
    expect(() => heartbeatFrame(1, { agentId: "" })).toThrow(localFault);
    expect(() => heartbeatFrame(1, { agentId: "é".repeat(65) })).toThrow(localFault);
    expect(() => heartbeatFrame(1, { messageId: new Uint8Array(15) })).toThrow(localFault);
    const frame = heartbeatFrame(1, { agentId: "ab" });
    frame[40] = 0;
    expect(outcomeOf(frame)).toBe("snapshot/frame-malformed");
    const long = heartbeatFrame(1, { agentId: "a".repeat(128), extensions: [{ tag: 1, bytes: new Uint8Array(40) }] });
    expect(outcomeOf(long)).toBe("heartbeat");
    long[40] = 0x81;
    expect(outcomeOf(long)).toBe("snapshot/frame-malformed");
  });

  it("ignores its reserved byte and the flags that may be ignored, and nothing else", () => {
    const frame = heartbeatFrame();
    frame[13] = 0xff;
    frame[11] = 0xf0;
    expect(outcomeOf(frame)).toBe("heartbeat");
    for (const flag of [4, 8]) {
      frame[11] = flag;
      expect(outcomeOf(frame)).toBe("snapshot/unsupported-flag");
    }
    frame[11] = 1;
    expect(outcomeOf(frame)).toBe("snapshot/frame-malformed");
  });

  it("names a type from 1 to 7", () => {
    const frame = heartbeatFrame();
    for (const type of [0, 8, 255]) {
      frame[10] = type;
      expect(outcomeOf(frame)).toBe("snapshot/unknown-message-type");
    }
  });

  it("of another major version is read where versions are still spoken of, and nowhere else", () => {
    const version = { major: 2, minor: 0 };
    const readable = [
      handshakeMessage(),
      handshakeAckMessage(id(1)),
      { type: "error", payload: { errorCode: 6, regardingId: id(0), detail: "", extensions: [] } },
    ] as const;
    for (const one of readable) expect(outcomeOf(controlFrame(one, 1, { version }))).toBe(one.type);
    expect(outcomeOf(heartbeatFrame(1, { version }))).toBe("snapshot/version-unsupported");
    expect(outcomeOf(snapshotFrame(id(1), 1, { version }))).toBe("snapshot/version-unsupported");
  });
});

describe("a payload is refused", () => {
  const ack = (status: number, errorCode: number): Uint8Array =>
    controlFrame({ type: "ack", payload: { ackedId: id(1), status, errorCode, detail: "", extensions: [] } });
  const cases: [string, Uint8Array][] = [
    ["an Ack with a status of its own", ack(3, 0)],
    ["an Ack with an error that is no refusal", ack(1, 5)],
    ["a HandshakeAck with a compression of its own", controlFrame(handshakeAckMessage(id(1), { compression: 2 }))],
    ["a HandshakeAck without a window", controlFrame(handshakeAckMessage(id(1), { maxUnstoredSnapshots: 0 }))],
    [
      "a HandshakeAck with a window over 1,024",
      controlFrame(handshakeAckMessage(id(1), { maxUnstoredSnapshots: 1_025 })),
    ],
    [
      "trailing bytes that are no extensions",
      encodeFrame(envelope("heartbeat", 1), new Uint8Array(12), Uint8Array.of(0x80)),
    ],
    ["extensions that fall", encodeFrame(envelope("heartbeat", 1), new Uint8Array(12), Uint8Array.of(2, 0, 1, 0))],
    [
      "a detail over 256 bytes",
      encodeFrame(envelope("ack", 1), new Uint8Array(20), Uint8Array.of(0x81, 2), new Uint8Array(257)),
    ],
    [
      "a detail over 1,024 bytes",
      encodeFrame(envelope("error", 1), new Uint8Array(18), Uint8Array.of(0x81, 8), new Uint8Array(1_025)),
    ],
    [
      "a reason over 256 bytes",
      encodeFrame(envelope("backpressure", 1), new Uint8Array(4), Uint8Array.of(0x81, 2), new Uint8Array(257)),
    ],
    ["a text that is not UTF-8", encodeFrame(envelope("backpressure", 1), new Uint8Array(4), Uint8Array.of(1, 0xff))],
  ];
  for (const [name, frame] of cases) it(name, () => expect(outcomeOf(frame)).toBe("snapshot/payload-malformed"));

  it("but not an Ack with a refusal that is not known", () => {
    expect(outcomeOf(ack(2, 999))).toBe("ack");
    expect(outcomeOf(ack(2, 0))).toBe("ack");
  });
});

describe("a detail that is too long", () => {
  it("is cut between characters", () => {
    for (const [unit, bytes] of [
      ["a", 1],
      ["é", 2],
      ["€", 3],
      ["😀", 4],
    ] as const) {
      for (let lead = 0; lead < 4; lead++) {
        const detail = "x".repeat(lead) + unit.repeat(300);
        const frame = controlFrame({
          type: "ack",
          payload: { ackedId: id(1), status: 2, errorCode: 1, detail, extensions: [] },
        });
        const decoded = decodeControl(frame, decodeEnvelope(frame));
        const kept = lead + Math.floor((256 - lead) / bytes) * unit.length;
        expect(decoded).toMatchObject({ payload: { detail: detail.slice(0, kept) } });
      }
    }
  });
});

describe("a field sink", () => {
  const frames: [string, Uint8Array][] = [
    [
      "handshake",
      controlFrame(handshakeMessage({ extensions: [{ tag: 3, bytes: id(1) }] }), 1, {
        extensions: [{ tag: 3, bytes: id(1) }],
      }),
    ],
    ["handshakeAck", controlFrame(handshakeAckMessage(id(1)))],
    ["heartbeat", heartbeatFrame()],
    [
      "ack",
      controlFrame({ type: "ack", payload: { ackedId: id(1), status: 2, errorCode: 1, detail: "é", extensions: [] } }),
    ],
    [
      "backpressure",
      controlFrame({ type: "backpressure", payload: { throttleDelayMs: 1, reason: "r", extensions: [] } }),
    ],
    [
      "error",
      controlFrame({ type: "error", payload: { errorCode: 1, regardingId: id(1), detail: "d", extensions: [] } }),
    ],
    ["snapshot", snapshotFrame(id(1), 1)],
    ["part", partFrames(id(1), new Uint8Array(100), 2, 1)[0]!],
  ];
  for (const [name, frame] of frames) {
    it(`is told of every byte behind the CRC of a frame once: ${name}`, () => {
      const owner = new Array<string>(frame.length).fill("");
      let depth = 0;
      const sink: FieldSink = {
        open: () => depth++,
        close: () => depth--,
        field: (field, _value, offset, bytes) => {
          expect(owner.slice(offset, offset + bytes).join(""), `${field} at ${offset}`).toBe("");
          owner.fill(field, offset, offset + bytes);
        },
      };
      SNAPSHOT_PROTOCOL.createReader({ compressor: undefined }).read(frame, sink);
      expect(depth).toBe(0);
      expect(owner.indexOf("", 8)).toBe(-1);
    });
  }
});
