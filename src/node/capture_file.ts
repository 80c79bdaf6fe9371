/** Captures from files and standard input, a piece at a time. */
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";

/** Read at once; large enough that the calls don't count. */
const CHUNK_BYTES = 262_144;
/** The name of standard input on a command line. */
export const STDIN_NAME = "-";

/** A file could not be opened or read; the message says which and why. */
export class UnreadableFileError extends Error {
  override readonly name = "UnreadableFileError";
}

/**
 * The bytes of a capture; each chunk is valid until the next is asked for.
 *
 * @throws UnreadableFileError
 */
export async function* captureChunks(name: string, stdin: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (name === STDIN_NAME) yield* stdin as AsyncIterable<Uint8Array>;
    else yield* fileChunks(name);
  } catch (error) {
    throw new UnreadableFileError(`can't read ${name}: ${reasonOf(error as NodeJS.ErrnoException)}`);
  }
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path, "r");
  try {
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOENT":
      return "there is no such file; check the name";
    case "EACCES":
    case "EPERM":
      return "it may not be read by this user; ask for the right, or run as one who has it";
    case "EISDIR":
      return "it is a folder; name the .tide files in it";
    default:
      return message;
  }
}
