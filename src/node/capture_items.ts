import { type CaptureItem, CaptureReader } from "../inspect/mod.ts";
import type { ProtocolDefinition } from "../protocols/definition.ts";
import { captureChunks } from "./capture_file.ts";
import type { CommandIo } from "./command.ts";
import { zstdCompressor } from "./zstd.ts";

/** What a pass over a capture does with it. */
export interface CapturePass {
  /** Takes the next item; its frame is valid until this resolves. */
  item(item: CaptureItem): void | Promise<void>;
  /** Everything of what has been read so far was given to `item`. */
  pause?(readBytes: number): void | Promise<void>;
}

/**
 * Reads one capture from its start to its end.
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
  let readBytes = 0;
  const drain = async (): Promise<void> => {
    for (let item = reader.next(); item !== undefined; item = reader.next()) {
      const taken = pass.item(item);
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
