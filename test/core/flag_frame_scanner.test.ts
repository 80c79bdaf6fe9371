import { describe, expect, it } from "vitest";
import { FlagFrameScanner, loadCore } from "../../src/core/mod.ts";
import { bytewise, randomChunks, SeededRandom } from "../conformance/chunkings.ts";

const MIB = 1_048_576;

/** A frame, its length in the long form if it needs it or is told to. */
function frame(flags: number, body: Uint8Array, isLong = body.length > 255): Uint8Array {
  const head = new Uint8Array(isLong ? 9 : 2);
  head[0] = isLong ? flags | 2 : flags;
  if (isLong) new DataView(head.buffer).setBigUint64(1, BigInt(body.length));
  else head[1] = body.length;
  return concat([head, body]);
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of chunks) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

function body(bytes: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 7 + seed) & 0xff);
}

/** All that a scanner says of a stream, as text. */
function observe(chunks: Iterable<Uint8Array>, maxBodyBytes = MIB): string[] {
  const scanner = new FlagFrameScanner(maxBodyBytes);
  const seen: string[] = [];
  for (const chunk of chunks) {
    scanner.push(chunk);
    let status = scanner.next();
    for (; status === 1; status = scanner.next()) {
      seen.push(`${scanner.offset}: ${scanner.flags} ${scanner.declaredBytes} ${[...scanner.body].join(" ")}`);
    }
    if (status === 2) return [...seen, `refused ${scanner.declaredBytes} at ${scanner.offset}`];
  }
  return [...seen, `${scanner.carriedBytes} carried of ${scanner.declaredBytes} from ${scanner.offset}`];
}

const STREAM = concat([
  frame(0, body(16, 1)),
  frame(1, body(0, 0)),
  frame(4, body(255, 2)),
  frame(0, body(256, 3)),
  frame(1, body(3, 4), true),
  frame(0xf8, body(2, 5)),
  frame(0, body(600, 6)),
  ...Array.from({ length: 200 }, (_, i) => frame(i & 1, body(i % 7, i))),
  frame(0, body(0, 0), true),
]);

describe("a scanner of flags and lengths", () => {
  it("gives what a reader of one frame after another gives", () => {
    const expected: string[] = [];
    for (let at = 0; at < STREAM.length; ) {
      const view = new DataView(STREAM.buffer);
      const isLong = (STREAM[at]! & 2) !== 0;
      const bytes = isLong ? Number(view.getBigUint64(at + 1)) : STREAM[at + 1]!;
      const start = at + (isLong ? 9 : 2);
      expected.push(`${at}: ${STREAM[at]! & 5} ${bytes} ${[...STREAM.subarray(start, start + bytes)].join(" ")}`);
      at = start + bytes;
    }
    expect(observe([STREAM])).toEqual([...expected, `0 carried of 0 from ${STREAM.length}`]);
  });

  it("gives the same however the stream is cut", () => {
    const whole = observe([STREAM]);
    expect(observe(bytewise(STREAM))).toEqual(whole);
    for (let at = 1; at < STREAM.length; at++) {
      expect(observe([STREAM.subarray(0, at), STREAM.subarray(at)])).toEqual(whole);
    }
    for (let seed = 1; seed <= 50; seed++) {
      expect(observe(randomChunks(STREAM, new SeededRandom(seed)))).toEqual(whole);
    }
  });

  it("fills more than one table and window", () => {
    const many = concat(Array.from({ length: 40_000 }, () => frame(0, new Uint8Array(0))));
    expect(observe([many])).toHaveLength(40_001);
  });

  it("says of an end inside a frame what there is", () => {
    expect(observe([frame(0, body(300, 1)).subarray(0, 100)])).toEqual(["91 carried of 300 from 0"]);
    expect(observe([Uint8Array.of(0, 0, 2, 0, 0)])).toEqual(["0: 0 0 ", "3 carried of 0 from 2"]);
  });

  it("refuses a length by its head, in every chunking, and stays refused", () => {
    for (const length of [
      [0, 0, 0, 0, 0, 0x10, 0, 1],
      [0, 0, 0, 1, 0, 0, 0, 1],
      [0x80, 0, 0, 0, 0, 0, 0, 0],
      Array(8).fill(255),
    ]) {
      const stream = Uint8Array.from([0, 1, 9, 2, ...length, 0, 0]);
      const whole = observe([stream]);
      expect(whole).toHaveLength(2);
      expect(whole[1]).toMatch(/^refused \d+ at 3$/);
      for (let at = 1; at < stream.length; at++) {
        expect(observe([stream.subarray(0, at), stream.subarray(at)])).toEqual(whole);
      }
    }
    const scanner = new FlagFrameScanner(1);
    scanner.push(Uint8Array.of(0, 2, 1, 1));
    expect([scanner.next(), scanner.next()]).toEqual([2, 2]);
    scanner.push(Uint8Array.of(0, 0));
    expect(scanner.next()).toBe(2);
  });

  it("refuses small frames inside of a window too", () => {
    const stream = concat(Array.from({ length: 300 }, (_, i) => frame(0, body(i === 200 ? 100 : 10, i))));
    expect(observe([stream], 99).at(-1)).toBe("refused 100 at 2400");
  });

  it("takes the limit that stands when the frame's turn comes", () => {
    const scanner = new FlagFrameScanner(1);
    scanner.push(concat(Array.from({ length: 300 }, (_, i) => frame(0, body(i === 0 ? 1 : 5, i)))));
    expect(scanner.next()).toBe(1);
    scanner.maxBodyBytes = 5;
    for (let i = 1; i < 300; i++) expect(scanner.next()).toBe(1);
    expect(scanner.next()).toBe(0);
  });

  it("sets nothing aside for a length that is only declared, and gathers a large body in few copies", () => {
    const scanner = new FlagFrameScanner(64 * MIB);
    const large = frame(0, new Uint8Array(64 * MIB).fill(7));
    let allocated = 0;
    const original = Uint8Array;
    globalThis.Uint8Array = new Proxy(original, {
      construct(target, args, as) {
        if (typeof args[0] === "number") allocated += args[0];
        return Reflect.construct(target, args, as);
      },
    });
    try {
      scanner.push(large.subarray(0, 9));
      expect(scanner.next()).toBe(0);
      expect(allocated).toBe(0);
      scanner.push(large.subarray(9, 1_000));
      expect(scanner.next()).toBe(0);
      expect(allocated).toBe(65_536);
      for (let at = 1_000; at < large.length; at += 65_536) {
        scanner.push(large.subarray(at, at + 65_536));
        scanner.next();
      }
    } finally {
      globalThis.Uint8Array = original;
    }
    expect(allocated).toBeLessThan(64 * MIB * 1.4);
    expect(scanner.body.length).toBe(64 * MIB);
  });

  it("gives plain views on its chunk, without copying", () => {
    const chunk = Buffer.from(concat([frame(0, body(4, 1)), frame(0, body(700, 1))]));
    const scanner = new FlagFrameScanner(MIB);
    scanner.push(chunk);
    for (const bytes of [4, 700]) {
      expect(scanner.next()).toBe(1);
      expect(scanner.body.length).toBe(bytes);
      expect(scanner.body.buffer).toBe(chunk.buffer);
      expect(Object.getPrototypeOf(scanner.body)).toBe(Uint8Array.prototype);
    }
  });

  it("keeps its rows when another scanner takes the table, and reads bytes in the core's own memory", () => {
    const core = loadCore();
    core.input.set(STREAM);
    const inCore = core.input.subarray(0, STREAM.length);
    const [one, other] = [new FlagFrameScanner(MIB), new FlagFrameScanner(MIB)];
    one.push(STREAM);
    other.push(inCore);
    for (let more = true; more; ) {
      const [a, b] = [one.next(), other.next()];
      expect(a).toBe(b);
      expect(one.body).toEqual(other.body);
      more = a === 1;
    }
    expect(one.offset).toBe(STREAM.length);
  });

  it("wants each chunk drained", () => {
    const scanner = new FlagFrameScanner(MIB);
    scanner.push(STREAM);
    expect(() => scanner.push(STREAM)).toThrow("core/scanner-not-drained");
  });
});
