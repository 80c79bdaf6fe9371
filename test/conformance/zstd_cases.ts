import { ProtocolError } from "../../src/core/protocol_error.ts";
import type { ConformanceCase, ConformanceRuntime } from "./case.ts";

function check(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

function refusedWith(code: string, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (error instanceof ProtocolError && error.code === code) return;
    throw new Error(`wanted ${code}, got ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
  throw new Error(`wanted ${code}, nothing was thrown`);
}

/** Repetitive enough to compress, uneven enough to use every block kind. */
function sample(byteCount: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: byteCount }, (_, index) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return index % 97 < 60 ? index % 7 : state >>> 24;
  });
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && left.every((byte, index) => byte === right[index]);
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** zstd of the runtime: the same refusals everywhere, whatever library does the work. */
export function zstdCases(runtime: ConformanceRuntime): ConformanceCase[] {
  const cases: ConformanceCase[] = [0, 1, 255, 256, 65_791, 65_792, 300_000].map((byteCount) => ({
    name: `zstd: ${byteCount} bytes come back, and the header states their number`,
    async run() {
      const zstd = await runtime.compressor();
      const content = sample(byteCount);
      // decompress() refuses a header without a content size, and one with another.
      check(equal(zstd.decompress(zstd.compress(content), byteCount), content), "other bytes came back");
    },
  }));
  cases.push({
    name: "zstd: a content of another size is refused",
    async run() {
      const zstd = await runtime.compressor();
      const frame = zstd.compress(sample(1000));
      refusedWith("zstd/size-mismatch", () => zstd.decompress(frame, 999));
      refusedWith("zstd/size-mismatch", () => zstd.decompress(frame, 1001));
      refusedWith("zstd/size-mismatch", () => zstd.decompress(frame, 0));
    },
  });
  cases.push({
    name: "zstd: a frame cut short or followed by anything is refused",
    async run() {
      const zstd = await runtime.compressor();
      const frame = zstd.compress(sample(500));
      for (let end = 0; end < frame.byteLength; end++) {
        refusedWith("zstd/decompression-failed", () => zstd.decompress(frame.subarray(0, end), 500));
      }
      refusedWith("zstd/decompression-failed", () => zstd.decompress(new Uint8Array([...frame, 0]), 500));
      refusedWith("zstd/decompression-failed", () => zstd.decompress(new Uint8Array([...frame, ...frame]), 500));
    },
  });
  cases.push({
    name: "zstd: a header that claims 2 GB costs nothing",
    async run() {
      const zstd = await runtime.compressor();
      const bomb = new Uint8Array(22);
      bomb.set([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0x00, 0x00, 0x00, 0x80]);
      refusedWith("zstd/size-mismatch", () => zstd.decompress(bomb, 500));
    },
  });
  cases.push({
    name: "zstd: every single-bit flip gives content of the stated size or a coded refusal, and the next frame works",
    async run() {
      const zstd = await runtime.compressor();
      const content = sample(500);
      const frame = zstd.compress(content);
      for (let bit = 0; bit < frame.byteLength * 8; bit++) {
        try {
          check(zstd.decompress(flipped(frame, bit), 500).byteLength === 500, `bit ${bit}: another size`);
        } catch (error) {
          if (!(error instanceof ProtocolError && error.code.startsWith("zstd/"))) throw error;
        }
      }
      check(equal(zstd.decompress(frame, 500), content), "the frame after the flips");
    },
  });
  return cases;
}
