import type { TLSSocket } from "node:tls";
import { LINGER_MS, MAX_UNSENT_BYTES } from "./connection_limits.ts";

/** One connection whose TLS handshake is over. */
export class TlsConnection {
  readonly #socket: TLSSocket;
  #lingerTimer: ReturnType<typeof setTimeout> | undefined;
  #isEnding = false;
  #reason: string | undefined;

  constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  write(chunks: readonly Uint8Array[]): void {
    if (this.#isEnding) return;
    const socket = this.#socket;
    // What is written together goes out as one TLS record.
    socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    socket.uncork();
    if (socket.writableLength > MAX_UNSENT_BYTES) this.abort("slow-reader");
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#socket.end();
    this.#lingerTimer = setTimeout(() => this.abort("lingered"), LINGER_MS);
  }

  abort(reason: string): void {
    this.#reason ??= reason;
    this.#isEnding = true;
    this.#socket.destroy();
  }

  /** Reads until the end, whoever brings it about; `onClosed` is told the reason, once. */
  read(onChunk: (chunk: Uint8Array) => void, onClosed: (reason: string) => void): void {
    const socket = this.#socket;
    // A Buffer's `slice` shares memory; what goes on is the plain thing.
    socket.on("data", (chunk: Uint8Array) => {
      onChunk(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    });
    socket.once("end", () => this.abort("peer-closed"));
    socket.once("error", () => this.abort("read-failed"));
    socket.once("close", () => {
      clearTimeout(this.#lingerTimer);
      onClosed(this.#reason ?? "peer-closed");
    });
  }
}
