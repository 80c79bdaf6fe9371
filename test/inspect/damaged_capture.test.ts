import { describe, expect, it } from "vitest";
import type { CaptureItem } from "../../src/inspect/capture_reader.ts";
import { encodeFrame } from "../../src/protocols/snapshot/mod.ts";
import { comparable, readCapture } from "./read_capture.ts";
import { type Numbers, numbersFrom } from "./seeded_numbers.ts";
import { vector } from "./vectors.ts";

/** A capture whose frames are known: heartbeats, small and large snapshots, parts. */
const frames: readonly Uint8Array[] = [
  "handshake",
  "heartbeat",
  "snapshot_top100",
  "heartbeat",
  "snapshot_ties",
  "stream",
  "heartbeat",
  "ack_stored",
  "snapshot_unicode",
  "heartbeat",
].flatMap((name) => {
  const { bytes, rows } = vector(name);
  return rows.map(({ offset }, i) => bytes.subarray(offset, rows[i + 1]?.offset ?? bytes.length));
});

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.reduce((at, piece) => {
    bytes.set(piece, at);
    return at + piece.length;
  }, 0);
  return bytes;
}

const offsetsOf = (pieces: readonly Uint8Array[]): number[] => {
  let at = 0;
  return pieces.map((piece) => {
    at += piece.length;
    return at - piece.length;
  });
};

/** Every frame that was left alone is found, where it is; every other byte is in a fault; nothing is counted twice. */
function expectAccounted(items: readonly CaptureItem[], untouched: ReadonlySet<number>, totalBytes: number): void {
  let at = 0;
  for (const item of items) {
    expect(item.offset).toBe(at);
    at = item.type === "frame" ? at + item.frame.length : item.endOffset;
    expect(at).toBeGreaterThan(item.offset);
  }
  expect(at).toBe(totalBytes);
  // A part whose siblings are gone still decodes; a whole frame never becomes a fault of the stream.
  const found = new Set(items.filter((item) => item.type === "frame").map((item) => item.offset));
  expect([...untouched].filter((offset) => !found.has(offset))).toEqual([]);
  expect([...found].filter((offset) => !untouched.has(offset))).toEqual([]);
}

/** Does `damage` to some frames and returns the capture with the offsets of those that were left alone. */
function damaged(
  numbers: Numbers,
  damage: (frame: Uint8Array, numbers: Numbers) => Uint8Array,
  count: number,
): { bytes: Uint8Array; untouched: Set<number>; damagedFrames: number } {
  const chosen = new Set(Array.from({ length: count }, () => numbers.below(frames.length)));
  const pieces = frames.map((frame, i) => (chosen.has(i) ? damage(frame.slice(), numbers) : frame));
  // Zeros over zeros are no damage.
  const victims = new Set([...chosen].filter((i) => Buffer.compare(pieces[i]!, frames[i]!) !== 0));
  const offsets = offsetsOf(pieces);
  const untouched = new Set(offsets.filter((_, i) => !victims.has(i)));
  return { bytes: join(pieces), untouched, damagedFrames: victims.size };
}

const KINDS: Record<string, (frame: Uint8Array, numbers: Numbers) => Uint8Array> = {
  "a flipped bit behind the length": (frame, numbers) => {
    frame[4 + numbers.below(frame.length - 4)]! ^= 1 << numbers.below(8);
    return frame;
  },
  "a flipped bit in the length": (frame, numbers) => {
    frame[numbers.below(4)]! ^= 1 << numbers.below(8);
    return frame;
  },
  "a random length": (frame, numbers) => {
    frame.set(numbers.bytes(4));
    return frame;
  },
  "a length that claims the next frame or two": (frame) => {
    new DataView(frame.buffer).setUint32(0, frame.length - 4 + 61, true);
    return frame;
  },
  "removed bytes": (frame, numbers) => {
    const from = numbers.below(frame.length - 1);
    const count = 1 + numbers.below(frame.length - from);
    return join([frame.subarray(0, from), frame.subarray(from + count)]);
  },
  "inserted garbage": (frame, numbers) => {
    const at = 1 + numbers.below(frame.length - 1);
    return join([frame.subarray(0, at), numbers.bytes(1 + numbers.below(500)), frame.subarray(at)]);
  },
  "a zeroed region": (frame, numbers) => {
    const from = numbers.below(frame.length - 4);
    frame.fill(0, from, from + 4 + numbers.below(frame.length - from));
    return frame;
  },
  "a frame of zeros": (frame) => frame.fill(0),
};

describe("a damaged capture", () => {
  it.each(Object.entries(KINDS))("%s: every other frame is found", (name, damage) => {
    const numbers = numbersFrom(name.length);
    for (let i = 0; i < 60; i++) {
      const { bytes, untouched, damagedFrames } = damaged(numbers, damage, 1 + numbers.below(4));
      const items = readCapture(bytes);
      expectAccounted(items, untouched, bytes.length);
      const faults = items.filter((item) => item.type === "fault").length;
      expect(faults).toBeGreaterThanOrEqual(Math.min(1, damagedFrames));
      expect(faults).toBeLessThanOrEqual(damagedFrames * 2);
    }
  });

  it("garbage between frames is skipped", () => {
    const numbers = numbersFrom(7);
    for (let i = 0; i < 60; i++) {
      const at = numbers.below(frames.length);
      const garbage = numbers.bytes(1 + numbers.below(2_000));
      const pieces = [...frames.slice(0, at), garbage, ...frames.slice(at)];
      const untouched = new Set(offsetsOf(pieces).filter((_, piece) => piece !== at));
      expectAccounted(readCapture(join(pieces)), untouched, join(pieces).length);
    }
  });

  it("is read the same in chunks of every kind", () => {
    const numbers = numbersFrom(11);
    for (const damage of Object.values(KINDS)) {
      const { bytes } = damaged(numbers, damage, 4);
      const whole = comparable(readCapture(bytes));
      for (let i = 0; i < 5; i++) {
        const cuts = numbers.sorted(1 + numbers.below(30), bytes.length);
        expect(comparable(readCapture(bytes, cuts))).toEqual(whole);
      }
      const small = Array.from({ length: Math.floor(bytes.length / 4_093) }, (_, i) => (i + 1) * 4_093);
      expect(comparable(readCapture(bytes, small))).toEqual(whole);
    }
  });

  it("cut off anywhere, it gives what is whole and says TRUNCATED once", () => {
    const bytes = join(frames);
    const offsets = offsetsOf(frames);
    const numbers = numbersFrom(3);
    for (let i = 0; i < 80; i++) {
      const end = 1 + numbers.below(bytes.length);
      const items = readCapture(bytes.subarray(0, end));
      const whole = offsets.filter((offset, frame) => offset + frames[frame]!.length <= end);
      expectAccounted(items, new Set(whole), end);
      const isClean = offsets.includes(end) || end === bytes.length;
      const faults = items.filter((item) => item.type === "fault").map((item) => item.errorName);
      expect(faults).toEqual(isClean ? [] : ["TRUNCATED"]);
    }
  });
});

/** A frame with a bad CRC. */
function spoilt(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy[copy.length - 1]! ^= 0xff;
  return copy;
}

const summary = (items: readonly CaptureItem[]): string[] =>
  items.map((item) =>
    item.type === "frame"
      ? `${item.offset} ok`
      : `${item.offset}-${item.endOffset} ${item.errorName} ${item.resumedBy}`,
  );

describe("bad frames", () => {
  const heartbeat = vector("heartbeat").bytes;
  const badHeartbeat = spoilt(heartbeat);

  it("in a row are a fault each", () => {
    const items = readCapture(join([heartbeat, ...Array(8).fill(badHeartbeat), heartbeat]));
    expect(summary(items)).toEqual([
      "0 ok",
      ...Array.from({ length: 8 }, (_, i) => `${61 + i * 61}-${122 + i * 61} CRC_MISMATCH length`),
      `${9 * 61} ok`,
    ]);
  });

  it("over eight in a row are noise first", () => {
    const items = readCapture(join([...Array(20).fill(badHeartbeat), heartbeat]));
    expect(summary(items)).toEqual([`0-${20 * 61} CRC_MISMATCH search`, `${20 * 61} ok`]);
  });

  it("up to the end are a fault each, and the cut-off one as well", () => {
    const items = readCapture(join([badHeartbeat, badHeartbeat, heartbeat.subarray(0, 30)]));
    expect(summary(items)).toEqual([
      "0-61 CRC_MISMATCH length",
      "61-122 CRC_MISMATCH length",
      "122-152 TRUNCATED nothing",
    ]);
  });

  it("that claim the frames behind them lose none of those", () => {
    // The length says two frames and ends at a boundary: following it would lose the second one.
    const claiming = heartbeat.slice();
    claiming[0] = 2 * 61 - 4;
    const items = readCapture(join([claiming, heartbeat, heartbeat]));
    expect(summary(items)).toEqual(["0-61 CRC_MISMATCH search", "61 ok", "122 ok"]);
  });

  it("do not give up a frame inside them for one of their own", () => {
    // An extension that holds a frame, with more of the payload behind it.
    const payload = join([heartbeat.subarray(49), Uint8Array.of(64, 61), heartbeat, Uint8Array.of(65, 0)]);
    const outer = encodeFrame(
      {
        version: { major: 1, minor: 0 },
        type: "heartbeat",
        flags: 0,
        platform: 2,
        messageId: new Uint8Array(16),
        timestampUtcMs: 0,
        agentId: "a",
        extensions: [],
      },
      payload,
    );
    expect(summary(readCapture(join([outer, heartbeat])))).toEqual(["0 ok", `${outer.length} ok`]);
    const broken = spoilt(outer);
    expect(summary(readCapture(join([broken, heartbeat])))).toEqual([
      `0-${outer.length} CRC_MISMATCH length`,
      `${outer.length} ok`,
    ]);
  });

  it("that are too large are passed by their length, and the bad frame behind them is seen", () => {
    const large = new Uint8Array(300_000);
    new DataView(large.buffer).setUint32(0, large.length - 4, true);
    const items = readCapture(join([large, badHeartbeat, heartbeat]), [5, 200_000, 300_010]);
    expect(summary(items)).toEqual([
      "0-300000 FRAME_TOO_LARGE length",
      "300000-300061 CRC_MISMATCH length",
      "300061 ok",
    ]);
    expect(summary(readCapture(join([large])))).toEqual(["0-300000 FRAME_TOO_LARGE length"]);
    expect(summary(readCapture(large.subarray(0, 299_999)))).toEqual(["0-299999 FRAME_TOO_LARGE nothing"]);
  });

  it("with a length that can't be skipped are searched through", () => {
    const huge = new Uint8Array(900_000).fill(0xff);
    expect(summary(readCapture(join([huge, heartbeat]), [100, 500_000]))).toEqual([
      "0-900000 FRAME_TOO_LARGE search",
      "900000 ok",
    ]);
  });

  it("that the end cuts off give way to good ones inside", () => {
    const claiming = heartbeat.slice();
    claiming[1] = 0xff;
    expect(summary(readCapture(join([claiming, heartbeat])))).toEqual(["0-61 TRUNCATED search", "61 ok"]);
  });
});

describe("limits", () => {
  it("a long run of noise is searched with a bounded window", async () => {
    const { CaptureReader } = await import("../../src/inspect/capture_reader.ts");
    const { SNAPSHOT_PROTOCOL } = await import("../../src/protocols/snapshot/protocol.ts");
    const reader = new CaptureReader(SNAPSHOT_PROTOCOL, { compressor: undefined });
    const chunk = numbersFrom(5).bytes(262_144);
    let lagBytes = 0;
    for (let i = 1; i <= 64; i++) {
      reader.push(chunk);
      expect(reader.next()).toBeUndefined();
      lagBytes = Math.max(lagBytes, i * chunk.length - reader.offset);
    }
    // What is not decided on is what is held: less than three of the largest frames and a chunk.
    expect(lagBytes).toBeLessThan(4 * 262_144);
    reader.finish();
    expect(reader.next()).toMatchObject({ endOffset: 64 * chunk.length, resumedBy: "nothing" });
    expect(reader.next()).toBeUndefined();
  });
});

describe("many bad frames", () => {
  it("that claim hundreds of others each, good and bad, hide none of them", () => {
    const heartbeat = vector("heartbeat").bytes;
    const numbers = numbersFrom(17);
    const pieces = Array.from({ length: 2_000 }, (_, i) => {
      if (i % 2 === 0) return heartbeat;
      const claiming = heartbeat.slice();
      // At times the end of what is claimed is where a good frame begins.
      new DataView(claiming.buffer).setUint32(0, 61 * (8 + numbers.below(900)) - 4 + numbers.below(2), true);
      return claiming;
    });
    const offsets = readCapture(join(pieces)).flatMap((item) => (item.type === "frame" ? [item.offset] : []));
    expect(offsets).toEqual(Array.from({ length: 1_000 }, (_, i) => 122 * i));
  });
});
