/** What comes out of scanners, readers and sessions, as text that is equal when the same happened. */
import { crc32, FrameScanner, ProtocolError, type ScannedFrame } from "../../src/core/mod.ts";
import { CaptureReader, captureRow } from "../../src/inspect/mod.ts";
import { createStreamCutter } from "../../src/inspect/stream_cutter.ts";
import type {
  FramedLayout,
  FrameReader,
  OpenSession,
  ProtocolDefinition,
  ReaderOptions,
} from "../../src/protocols/definition.ts";

/** Every frame, and what is left over at the end. */
export function observeScan(definition: ProtocolDefinition, chunks: Iterable<Uint8Array>): string[] {
  if (definition.layout.type === "staged") return observeCuts(definition, chunks);
  const scanner = new FrameScanner(definition.layout.framing);
  const seen: string[] = [];
  for (const chunk of chunks) {
    scanner.push(chunk);
    for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) seen.push(frameText(frame));
  }
  const rest = scanner.finish();
  if (rest !== undefined) seen.push(`unfinished at ${rest.offset}: ${bytesText(rest.bytes)}`);
  return seen;
}

function observeCuts(definition: ProtocolDefinition, chunks: Iterable<Uint8Array>): string[] {
  const cutter = createStreamCutter(definition);
  const seen: string[] = [];
  const drain = (): void => {
    for (let found = cutter.advance(); found !== undefined; found = cutter.advance()) {
      const { frameOffset, buffer, frameAt, frameEnd, fault } = cutter;
      if (found === "frame") seen.push(`ok at ${frameOffset}: ${bytesText(buffer.subarray(frameAt, frameEnd))}`);
      else seen.push(`${fault!.offset} to ${fault!.endOffset}: ${fault!.error.message}`);
    }
  };
  for (const chunk of chunks) {
    cutter.push(chunk);
    drain();
  }
  cutter.finish();
  drain();
  return seen;
}

/** Every event of a session and, at the end, all that it wants to write. */
export function observeSession(session: OpenSession, chunks: Iterable<Uint8Array>): string[] {
  const seen: string[] = [];
  let crc = 0;
  let written = 0;
  for (const chunk of chunks) {
    session.receive(chunk, 1);
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) seen.push(valueText(event));
    for (const bytes of session.takeOutput()) {
      crc = crc32(bytes, crc);
      written += bytes.length;
    }
  }
  seen.push(`${session.side} wrote ${written} bytes with crc ${crc} and holds ${session.heldBytes}`);
  return seen;
}

/** The rows of a stream, as the vectors have them. */
export function readRows(definition: ProtocolDefinition, bytes: Uint8Array, options: ReaderOptions): object[] {
  const { layout } = definition;
  return layout.type === "framed" ? scanRows(definition, layout, bytes, options) : cutRows(definition, bytes, options);
}

function scanRows(
  definition: ProtocolDefinition,
  layout: FramedLayout,
  bytes: Uint8Array,
  options: ReaderOptions,
): object[] {
  const scanner = new FrameScanner(layout.framing);
  const reader = definition.createReader(options);
  const rows: object[] = [];
  scanner.push(bytes);
  for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
    rows.push({ offset: frame.offset, ...rowOf(definition, layout, reader, frame) });
    if (frame.fatal) return rows;
  }
  const rest = scanner.finish();
  if (rest === undefined) return rows;
  const error = definition.errorOfEnd(rest.offset, rest.bytes.length);
  return [...rows, { offset: rest.offset, error: definition.errorNameOf(error) }];
}

function cutRows(definition: ProtocolDefinition, bytes: Uint8Array, options: ReaderOptions): object[] {
  const reader = new CaptureReader(definition, options);
  const rows: object[] = [];
  reader.push(bytes);
  reader.finish();
  for (let item = reader.next(); item !== undefined; item = reader.next()) rows.push(captureRow(item));
  return rows;
}

/** A value as a vector's JSON has it: 64-bit integers as JSON numbers. */
export function jsonValue(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, one) => (typeof one === "bigint" ? Number(one) : one)));
}

function rowOf(definition: ProtocolDefinition, layout: FramedLayout, reader: FrameReader, frame: ScannedFrame): object {
  if (frame.status !== "ok") return { error: definition.errorNameOf(layout.errorOfScan(frame)) };
  try {
    return reader.read(frame.bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { error: definition.errorNameOf(error) };
  }
}

function frameText({ status, offset, declaredBytes, storedCrc, computedCrc, fatal, bytes }: ScannedFrame): string {
  return `${status}${fatal ? " for good" : ""} at ${offset}: ${declaredBytes} ${storedCrc} ${computedCrc} ${bytesText(bytes)}`;
}

/** An event, with what is long in it replaced by its length and CRC. */
export function valueText(value: object): string {
  return JSON.stringify(value, (_, one) => {
    if (one instanceof Uint8Array) return bytesText(one);
    if (typeof one === "bigint") return `${one}n`;
    if (one instanceof ProtocolError) return `${one.side} ${one.fatal} ${one.message}`;
    return one;
  });
}

function bytesText(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${crc32(bytes)}`;
}
