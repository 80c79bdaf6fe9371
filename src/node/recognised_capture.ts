/** What a capture is, before it is read. */
import type { Readable } from "node:stream";
import { ProtocolError } from "../core/mod.ts";
import {
  type CaptureFormat,
  type DigitKind,
  decodeDigits,
  MAX_DIGIT_TEXT_BYTES,
  RECOGNISED_BYTES,
  type Recognition,
  recognise,
  SURE_CONFIDENCE,
} from "../inspect/mod.ts";
import { CATALOGUE } from "../protocols/catalogue.ts";
import { captureChunks, UnreadableFileError } from "./capture_file.ts";

/** A capture whose format is known, and all of its bytes. */
export interface RecognisedCapture {
  readonly format: CaptureFormat;
  /** Why, in words. */
  readonly reason: string;
  /** Each is valid until the next is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Looks at the start of a capture. Text that stands for bytes is decoded.
 *
 * @param protocol what its streams are, if somebody said so
 * @throws UnreadableFileError
 */
export async function recognisedCapture(
  name: string,
  protocol: string | undefined,
  stdin: Readable,
): Promise<RecognisedCapture> {
  const chunks = captureChunks(name, stdin);
  const { head, recognition } = await readHead(chunks);
  const { format, reason } = recognition.chosen;
  if (format.container !== "hex" && format.container !== "base64") {
    return { format: withProtocol(format, protocol), reason, chunks: joined(head, chunks) };
  }
  const bytes = await decodedRest(name, format.container, head, chunks);
  const inner = recognise(bytes, bytes.length).chosen.format;
  const isText = inner.container === "hex" || inner.container === "base64";
  // Digits that stand for digits: nobody does that on purpose.
  const innerFormat: CaptureFormat = isText ? { container: "stream", protocol: CATALOGUE[0]!.name } : inner;
  return { format: withProtocol(innerFormat, protocol), reason, chunks: only(bytes) };
}

function withProtocol({ container, protocol: recognised }: CaptureFormat, protocol: string | undefined): CaptureFormat {
  return { container, protocol: protocol ?? recognised };
}

/** Reads on until it is clear what this is, or there is nothing more to go by. */
async function readHead(
  chunks: AsyncGenerator<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly recognition: Recognition }> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  let triedBytes = 0;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    pieces.push(next.value.slice());
    bytes += next.value.length;
    // What dribbles in is looked at when there is twice as much.
    if (bytes < 2 * triedBytes) continue;
    triedBytes = bytes;
    const head = Buffer.concat(pieces);
    const recognition = recognise(head, Number.POSITIVE_INFINITY);
    if (recognition.chosen.confidence >= SURE_CONFIDENCE || bytes >= RECOGNISED_BYTES) return { head, recognition };
  }
  const head = Buffer.concat(pieces);
  return { head, recognition: recognise(head, head.length) };
}

async function decodedRest(
  name: string,
  kind: DigitKind,
  head: Uint8Array,
  chunks: AsyncGenerator<Uint8Array>,
): Promise<Uint8Array> {
  const pieces = [head];
  let bytes = head.length;
  for await (const chunk of chunks) {
    pieces.push(chunk.slice());
    bytes += chunk.length;
    if (bytes > MAX_DIGIT_TEXT_BYTES) {
      throw new UnreadableFileError(`can't read ${name}: ${kind} text of more than ${MAX_DIGIT_TEXT_BYTES} bytes`);
    }
  }
  try {
    return decodeDigits(Buffer.concat(pieces), kind);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new UnreadableFileError(`can't read ${name} as ${kind} text: ${error.message}`);
  }
}

async function* joined(head: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  yield* rest;
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
