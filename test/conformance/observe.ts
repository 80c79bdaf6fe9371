/** What comes out of scanners, readers and sessions, as text that is equal when the same happened. */
import { crc32, FrameScanner, ProtocolError, type ScannedFrame } from "../../src/core/mod.ts";
import type { FrameReader, OpenSession, ProtocolDefinition, ReaderOptions } from "../../src/protocols/definition.ts";

/** Every frame, and what is left over at the end. */
export function observeScan(definition: ProtocolDefinition, chunks: Iterable<Uint8Array>): string[] {
  const scanner = new FrameScanner(definition.framing);
  const seen: string[] = [];
  for (const chunk of chunks) {
    scanner.push(chunk);
    for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) seen.push(frameText(frame));
  }
  const rest = scanner.finish();
  if (rest !== undefined) seen.push(`unfinished at ${rest.offset}: ${bytesText(rest.bytes)}`);
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
  const scanner = new FrameScanner(definition.framing);
  const reader = definition.createReader(options);
  const rows: object[] = [];
  scanner.push(bytes);
  for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
    rows.push({ offset: frame.offset, ...rowOf(definition, reader, frame) });
    if (frame.fatal) return rows;
  }
  const rest = scanner.finish();
  if (rest === undefined) return rows;
  const error = definition.errorOfEnd(rest.offset, rest.bytes.length);
  return [...rows, { offset: rest.offset, error: definition.errorNameOf(error) }];
}

/** A value as a vector's JSON has it: 64-bit integers as JSON numbers. */
export function jsonValue(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, one) => (typeof one === "bigint" ? Number(one) : one)));
}

function rowOf(definition: ProtocolDefinition, reader: FrameReader, frame: ScannedFrame): object {
  if (frame.status !== "ok") return { error: definition.errorNameOf(definition.errorOfScan(frame)) };
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
