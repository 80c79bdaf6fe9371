import { MAX_UNSENT_BYTES } from "./connection_limits.ts";

/** Writes to one connection, in order; what comes in while a write is under way goes out together as the next. */
export class ConnectionWriter {
  readonly #connection: Deno.Conn;
  readonly #onFailed: (reason: "slow-reader" | "write-failed") => void;
  #waiting: Uint8Array[] = [];
  #unsentBytes = 0;
  #isWriting = false;
  #isEnding = false;

  /** @param onFailed told once when nothing more can be written; the host then closes the connection */
  constructor(connection: Deno.Conn, onFailed: (reason: "slow-reader" | "write-failed") => void) {
    this.#connection = connection;
    this.#onFailed = onFailed;
  }

  /** Takes bytes to write. The writer owns them. */
  write(chunks: readonly Uint8Array[]): void {
    if (this.#isEnding) return;
    for (const chunk of chunks) {
      this.#waiting.push(chunk);
      this.#unsentBytes += chunk.length;
    }
    if (this.#unsentBytes > MAX_UNSENT_BYTES) this.#fail("slow-reader");
    else if (!this.#isWriting && this.#waiting.length > 0) this.#run();
  }

  /** Takes nothing more; once all is written the peer is told that this was the end. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (!this.#isWriting) this.#run();
  }

  async #run(): Promise<void> {
    this.#isWriting = true;
    try {
      while (this.#waiting.length > 0) {
        const bytes = joined(this.#waiting);
        this.#waiting = [];
        for (let at = 0; at < bytes.length; ) at += await this.#connection.write(bytes.subarray(at));
        this.#unsentBytes -= bytes.length;
      }
      this.#isWriting = false;
      if (this.#isEnding) await this.#connection.closeWrite();
    } catch {
      this.#fail("write-failed");
    }
  }

  #fail(reason: "slow-reader" | "write-failed"): void {
    this.#isEnding = true;
    this.#waiting = [];
    this.#onFailed(reason);
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
