import { crc32 as zlibCrc32 } from "node:zlib";
import { FrameBatch } from "../../src/core/frame_batch.ts";
import { crc32, FrameScanner, LENGTH_CRC_BODY, loadCore } from "../../src/core/mod.ts";
import { type BenchReport, machine, measureCase } from "./measure.ts";

export const name = "scan";

const STREAM_BYTES = 1_048_576;

/** As many whole frames as fit, one after another; returns how many bytes they take. */
function fillWithFrames(bytes: Uint8Array, frameBytes: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (; at + frameBytes <= bytes.length; at += frameBytes) {
    view.setUint32(at, frameBytes - 4, true);
    for (let i = at + 8; i < at + frameBytes; i++) bytes[i] = (i * 167 + (i >>> 8) * 13) & 0xff;
    view.setUint32(at + 4, crc32(bytes.subarray(at + 8, at + frameBytes)), true);
  }
  return at;
}

/** What a program without the core does: read the length, check it, check the CRC. */
function scanInJs(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { minFrameBytes, maxFrameBytes } = LENGTH_CRC_BODY;
  let good = 0;
  for (let at = 0; bytes.length - at >= 8; ) {
    const frameBytes = 4 + view.getUint32(at, true);
    if (frameBytes < minFrameBytes || frameBytes > maxFrameBytes || bytes.length - at < frameBytes) break;
    if (view.getUint32(at + 4, true) === zlibCrc32(bytes.subarray(at + 8, at + frameBytes))) good++;
    at += frameBytes;
  }
  return good;
}

/** The table of each scan, read row by row. */
function scanInCore(batch: FrameBatch, bytes: Uint8Array): number {
  let good = 0;
  for (let at = 0; at < bytes.length; ) {
    batch.scan(LENGTH_CRC_BODY, at === 0 ? bytes : bytes.subarray(at));
    if (!batch.hasRow) break;
    let end = 0;
    for (; batch.hasRow; batch.advance()) {
      if (batch.status === 0) good++;
      end = batch.offset + batch.frameBytes;
    }
    at += end;
  }
  return good;
}

/** The way of a connection: 64 KiB chunks that lie outside of the core, and an event with a view for each frame. */
function scanAsStream(scanner: FrameScanner, chunks: readonly Uint8Array[]): number {
  let good = 0;
  for (const chunk of chunks) {
    scanner.push(chunk);
    for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) if (frame.status === "ok") good++;
  }
  return good;
}

function expectFrames(good: number, expected: number): number {
  if (good !== expected) throw new Error(`${good} good frames instead of ${expected}`);
  return good;
}

export async function run(): Promise<BenchReport> {
  const rows = [
    { frameBytes: 100, atLeast: 4 },
    { frameBytes: 4_096, atLeast: 2.5 },
    { frameBytes: 65_536, atLeast: 3.5 },
  ].flatMap(({ frameBytes, atLeast }) => {
    const input = loadCore().input.subarray(0, STREAM_BYTES);
    const stream = input.subarray(0, fillWithFrames(input, frameBytes));
    const frames = stream.length / frameBytes;
    const outside = stream.slice();
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < outside.length; at += 65_536) chunks.push(outside.subarray(at, at + 65_536));
    const batch = new FrameBatch();
    const scanner = new FrameScanner(LENGTH_CRC_BODY);
    return [
      measureCase({
        case: `${frameBytes} B frames`,
        ours: () => expectFrames(scanInCore(batch, stream), frames),
        peers: { "JS + zlib.crc32": () => expectFrames(scanInJs(stream), frames) },
        target: { peer: "JS + zlib.crc32", atLeast },
      }),
      measureCase({
        case: `${frameBytes} B frames, FrameScanner on chunks`,
        ours: () => expectFrames(scanAsStream(scanner, chunks), frames),
        peers: { "JS + zlib.crc32": () => expectFrames(scanInJs(outside), frames) },
      }),
    ];
  });
  return { bench: name, machine: machine(), rows };
}
