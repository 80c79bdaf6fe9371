import { type CaptureItem, CaptureReader, type ItemOrigin, StreamsReader } from "../inspect/mod.ts";
import type { ProtocolDefinition } from "../protocols/definition.ts";
import { captureChunks } from "./capture_file.ts";
import type { CommandIo } from "./command.ts";
import { type RecognisedCapture, recognisedCapture } from "./recognised_capture.ts";
import { zstdCompressor } from "./zstd.ts";

/** What a pass over a capture does with it. */
export interface CapturePass {
  /** Takes the next item; its frame is valid until this resolves. */
  item(item: CaptureItem, origin: ItemOrigin): void | Promise<void>;
  /** Everything of what has been read so far was given to `item`. */
  pause?(readBytes: number): void | Promise<void>;
}

/**
 * Reads one capture of a known protocol from its start to its end.
 *
 * @throws UnreadableFileError
 */
export async function readCapture(
  name: string,
  definition: ProtocolDefinition,
  io: CommandIo,
  pass: CapturePass,
): Promise<void> {
  const reader = new CaptureReader(definition, { compressor: await zstdCompressor() });
  const origin: ItemOrigin = { stream: "", definition, timeMs: Number.NaN };
  let readBytes = 0;
  const drain = async (): Promise<void> => {
    for (let item = reader.next(); item !== undefined; item = reader.next()) {
      const taken = pass.item(item, origin);
      // Most items take no time, and a promise for each would.
      if (taken !== undefined) await taken;
    }
    await pass.pause?.(readBytes);
  };
  for await (const chunk of captureChunks(name, io.stdin)) {
    readBytes += chunk.length;
    reader.push(chunk);
    await drain();
  }
  reader.finish();
  await drain();
}

/** A pass that is told what the capture was recognised as before its first item. */
export interface RecognisedPass extends CapturePass {
  recognised?(capture: RecognisedCapture): void | Promise<void>;
}

/**
 * Reads one capture of whatever format it turns out to have.
 *
 * @param protocol what its streams are, if somebody said so
 * @throws UnreadableFileError
 */
export async function readAnyCapture(
  name: string,
  protocol: string | undefined,
  io: CommandIo,
  pass: RecognisedPass,
): Promise<void> {
  const capture = await recognisedCapture(name, protocol, io.stdin);
  await pass.recognised?.(capture);
  const reader = new StreamsReader(capture.format, { compressor: await zstdCompressor() });
  let readBytes = 0;
  const drain = async (): Promise<void> => {
    for (let found = reader.next(); found !== undefined; found = reader.next()) {
      const taken = pass.item(found.item, found.origin);
      if (taken !== undefined) await taken;
    }
    await pass.pause?.(readBytes);
  };
  for await (const chunk of capture.chunks) {
    readBytes += chunk.length;
    reader.push(chunk);
    await drain();
  }
  reader.finish();
  await drain();
}
