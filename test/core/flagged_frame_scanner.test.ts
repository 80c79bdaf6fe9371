import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlaggedFrameScanner } from "../../src/core/mod.ts";
import { SeededRandom } from "../conformance/chunkings.ts";

interface Frame {
  readonly flags: number;
  readonly body: Uint8Array;
  readonly offset: number;
}

/** The same in a few lines, one frame after the other over the whole stream. */
function cut(stream: Uint8Array, maxBodyBytes: number): { frames: Frame[]; isTooLarge: boolean } {
  const frames: Frame[] = [];
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  for (let at = 0; at < stream.length; ) {
    const isLong = (stream[at]! & 2) !== 0;
    const start = at + (isLong ? 9 : 2);
    if (start > stream.length) break;
    const length = isLong ? view.getBigUint64(at + 1) : BigInt(stream[at + 1]!);
    if (length > BigInt(maxBodyBytes)) return { frames, isTooLarge: true };
    const end = start + Number(length);
    if (end > stream.length) break;
    frames.push({ flags: stream[at]! & 5, body: stream.slice(start, end), offset: at });
    at = end;
  }
  return { frames, isTooLarge: false };
}

function frame(flags: number, body: Uint8Array, isLong = body.length > 255): Uint8Array {
  const head = isLong ? new Uint8Array(9) : Uint8Array.of(flags & ~2, body.length);
  if (isLong) {
    head[0] = flags | 2;
    new DataView(head.buffer).setBigUint64(1, BigInt(body.length));
  }
  return joined([head, body]);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Takes all frames that are there. */
function drain(scanner: FlaggedFrameScanner, into: Frame[]): boolean {
  for (;;) {
    const status = scanner.next();
    if (status !== 1) return status === 2;
    if (scanner.declaredBytes !== scanner.body.length) throw new Error(`${scanner.declaredBytes} octets were declared`);
    into.push({ flags: scanner.flags, body: scanner.body.slice(), offset: scanner.offset });
  }
}

function scan(chunks: readonly Uint8Array[], maxBodyBytes: number): { frames: Frame[]; isTooLarge: boolean } {
  const scanner = new FlaggedFrameScanner(maxBodyBytes);
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    scanner.push(chunk);
    if (drain(scanner, frames)) return { frames, isTooLarge: true };
  }
  return { frames, isTooLarge: false };
}

/** Random pieces, some of them empty. */
function pieces(stream: Uint8Array, random: SeededRandom, largest: number): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < stream.length; ) {
    const size = random.below(largest + 1);
    chunks.push(stream.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

/** Mostly small bodies, now and then one around a border. */
const BORDERS = [
  0, 1, 38, 39, 40, 254, 255, 256, 2_037, 2_039, 2_046, 2_048, 2_049, 65_525, 65_526, 65_527, 65_536, 70_000,
];

function randomStream(random: SeededRandom, frames: number): Uint8Array {
  return joined(
    Array.from({ length: frames }, () => {
      const size = random.below(20) === 0 ? BORDERS[random.below(BORDERS.length)]! : random.below(64);
      const body = new Uint8Array(size).fill(random.below(256));
      return frame(random.below(256), body, size > 255 || random.below(4) === 0);
    }),
  );
}

describe("FlaggedFrameScanner", () => {
  it("cuts what a plain loop cuts, in whatever chunks", () => {
    const chunked = fc.record({
      bytes: fc.uint8Array({ maxLength: 300 }),
      cuts: fc.array(fc.nat(300), { maxLength: 8 }),
      maxBodyBytes: fc.constantFrom(0, 3, 40, 255, 1_000_000),
    });
    fc.assert(
      fc.property(chunked, ({ bytes, cuts, maxBodyBytes }) => {
        const places = [0, ...cuts.filter((at) => at <= bytes.length).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
        expect(scan(chunks, maxBodyBytes)).toEqual(cut(bytes, maxBodyBytes));
      }),
      { numRuns: 3_000, seed: 5 },
    );
  });

  it("cuts streams of good frames over many windows of 64 KiB", () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = new SeededRandom(seed);
      const stream = randomStream(random, 4_000);
      expect(stream.length).toBeGreaterThan(150_000);
      const wanted = cut(stream, 100_000);
      expect(wanted.frames.length).toBe(4_000);
      for (const largest of [stream.length, 200_000, 65_537, 3_000, 70]) {
        const found = scan(pieces(stream, random, largest), 100_000);
        expect(found.frames.length, `seed ${seed}, chunks up to ${largest}`).toBe(4_000);
        // toEqual on 4,000 frames for each chunking takes seconds.
        const differs = found.frames.findIndex((one, i) => !isSame(one, wanted.frames[i]!));
        expect(differs, `seed ${seed}, chunks up to ${largest}`).toBe(-1);
      }
    }
  });

  it("keeps several that are alive at once apart: the kernel's table has room for one", () => {
    const random = new SeededRandom(9);
    const streams = Array.from({ length: 5 }, () => randomStream(random, 600));
    const scanners = streams.map(() => new FlaggedFrameScanner(100_000));
    const found: Frame[][] = streams.map(() => []);
    const queues = streams.map((stream) => pieces(stream, random, 5_000));
    const busy = new Set(streams.keys());
    while (busy.size > 0) {
      // One frame of one of them at a time, so that each has rows left when the next one scans.
      const which = [...busy][random.below(busy.size)]!;
      const scanner = scanners[which]!;
      const status = scanner.next();
      if (status === 1) {
        found[which]!.push({ flags: scanner.flags, body: scanner.body.slice(), offset: scanner.offset });
        continue;
      }
      const chunk = queues[which]!.shift();
      if (chunk === undefined) busy.delete(which);
      else scanner.push(chunk);
    }
    for (const [i, stream] of streams.entries()) {
      const wanted = cut(stream, 100_000).frames;
      expect(found[i]!.length).toBe(wanted.length);
      expect(found[i]!.findIndex((one, n) => !isSame(one, wanted[n]!))).toBe(-1);
    }
  });

  it("takes a new limit between two frames of one chunk, larger or smaller", () => {
    const stream = joined([frame(0, new Uint8Array(5)), frame(0, new Uint8Array(9)), frame(0, new Uint8Array(300))]);
    const scanner = new FlaggedFrameScanner(5);
    scanner.push(stream);
    expect(scanner.next()).toBe(1);
    expect(scanner.next()).toBe(2);
    expect(scanner.declaredBytes).toBe(9);
    scanner.maxBodyBytes = 9;
    expect(scanner.next()).toBe(1);
    expect(scanner.next()).toBe(2);
    scanner.maxBodyBytes = 1_000;
    expect(scanner.next()).toBe(1);
    expect(scanner.next()).toBe(0);

    const shrunk = new FlaggedFrameScanner(1_000);
    shrunk.push(stream);
    expect(shrunk.next()).toBe(1);
    shrunk.maxBodyBytes = 5;
    expect(shrunk.next()).toBe(2);
    expect(shrunk.offset).toBe(7);
  });

  it("says of a frame that is too large whether it is a command, also where its head came in two chunks", () => {
    for (const flags of [0, 4]) {
      const head = [flags | 2, 0, 0, 0, 0, 0, 0, 4, 0];
      for (const cutAt of [1, 5, 9]) {
        const scanner = new FlaggedFrameScanner(1_000);
        scanner.push(Uint8Array.from(head.slice(0, cutAt)));
        let status = scanner.next();
        if (cutAt < head.length) {
          scanner.push(Uint8Array.from(head.slice(cutAt)));
          status = scanner.next();
        }
        expect([status, scanner.flags, scanner.declaredBytes]).toEqual([2, flags, 1_024]);
      }
    }
  });

  it.each([
    ["2^63 - 1", "7fffffffffffffff"],
    ["2^63", "8000000000000000"],
    ["2^64 - 1", "ffffffffffffffff"],
    ["2^32 + 1", "0000000100000001"],
    ["2^32 - 1", "00000000ffffffff"],
    ["2^31", "0000000080000000"],
  ])("refuses a length of %s by its head, in the kernel's window and out of it, and holds nothing", (_, length) => {
    const head = Uint8Array.from([2, ...Buffer.from(length, "hex")]);
    for (const limit of [100, 2 ** 31 - 1]) {
      for (const before of [[], [frame(0, new Uint8Array(3))], [frame(0, new Uint8Array(3_000))]]) {
        const stream = joined([...before, head, new Uint8Array(40)]);
        for (const chunks of [[stream], [...stream].map((octet) => Uint8Array.of(octet))]) {
          const scanner = new FlaggedFrameScanner(limit === 100 && before[0]?.length === 3_009 ? 3_000 : limit);
          let status: number = 0;
          let frames = 0;
          for (const chunk of chunks) {
            scanner.push(chunk);
            for (status = scanner.next(); status === 1; status = scanner.next()) frames++;
            if (status === 2) break;
          }
          expect([status, frames]).toEqual([2, before.length]);
          expect(scanner.carriedBytes).toBeLessThanOrEqual(9);
        }
      }
    }
  });

  it("gives views on the chunk for what came whole, and holds what did not", () => {
    const scanner = new FlaggedFrameScanner(1_000);
    const chunk = joined([frame(0, Uint8Array.of(1, 2, 3)), Uint8Array.of(0, 4, 9)]);
    scanner.push(chunk);
    expect(scanner.next()).toBe(1);
    expect(scanner.body.buffer).toBe(chunk.buffer);
    expect(scanner.next()).toBe(0);
    expect(scanner.carriedBytes).toBe(3);
    expect(scanner.declaredBytes).toBe(4);
    scanner.push(Uint8Array.of(8, 7, 6));
    expect(scanner.next()).toBe(1);
    expect([...scanner.body]).toEqual([9, 8, 7, 6]);
    expect(scanner.offset).toBe(5);
    expect(scanner.carriedBytes).toBe(0);
  });

  it("tells of a frame that is coming in its flags and its length, as far as they are there", () => {
    const scanner = new FlaggedFrameScanner(1_000);
    const told = [...frame(5, new Uint8Array(300)).subarray(0, 11)].map((octet) => {
      scanner.push(Uint8Array.of(octet));
      expect(scanner.next()).toBe(0);
      return [scanner.flags, scanner.declaredBytes];
    });
    expect(told).toEqual([...Array(8).fill([5, 0]), ...Array(3).fill([5, 300])]);
  });

  it("sets nothing aside for a length that is only declared, and gathers a large body in few copies", () => {
    const whole = 64 * 1_048_576;
    const stream = frame(0, new Uint8Array(whole).fill(7));
    const scanner = new FlaggedFrameScanner(whole);
    let allocated = 0;
    const original = globalThis.Uint8Array;
    const counted = new Proxy(original, {
      construct(target, args, as) {
        if (typeof args[0] === "number") allocated += args[0];
        return Reflect.construct(target, args, as);
      },
    });
    const chunks = Array.from({ length: Math.ceil(stream.length / 65_536) }, (_, i) =>
      stream.subarray(i * 65_536, (i + 1) * 65_536),
    );
    try {
      globalThis.Uint8Array = counted;
      for (const [i, chunk] of chunks.entries()) {
        scanner.push(chunk);
        expect(scanner.next()).toBe(i === chunks.length - 1 ? 1 : 0);
        expect(allocated).toBeLessThanOrEqual(1.5 * 4 * (i + 1) * 65_536);
      }
    } finally {
      globalThis.Uint8Array = original;
    }
    expect(scanner.body.length).toBe(whole);
    expect(allocated).toBeLessThan(whole * 1.5);
  });
});

function isSame(a: Frame, b: Frame): boolean {
  return a.flags === b.flags && a.offset === b.offset && Buffer.compare(a.body, b.body) === 0;
}
