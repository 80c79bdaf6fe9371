import type { Socket } from "node:net";

/** What may wait in memory for the operating system before the socket above is told to hold back: some turns of a fast link. */
const MAX_WAITING_BYTES = 1_048_576;
/** Little enough to be called writable; this and the kernel's own buffer keep the link busy until more comes. */
const WRITABLE_BYTES = 262_144;

/** Writes chunks to a socket in one system call each time, and tells when it is behind and when it has caught up. */
export class PacedWriter {
  readonly #socket: Socket;
  readonly #onWritable: () => void;
  #waitingBytes = 0;
  #isHeldBack = false;

  constructor(socket: Socket, onWritable: () => void) {
    this.#socket = socket;
    this.#onWritable = onWritable;
  }

  /** @returns false when much is waiting: `onWritable` is called when it is little again, never from inside of this call */
  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    const last = chunks.length - 1;
    if (last < 0 || socket.destroyed) return !this.#isHeldBack;
    let bytes = 0;
    socket.cork();
    for (let i = 0; i < last; i++) {
      const chunk = chunks[i]!;
      bytes += chunk.length;
      socket.write(chunk);
    }
    const written = bytes + chunks[last]!.length;
    this.#waitingBytes += written;
    socket.write(chunks[last]!, () => this.#written(written));
    socket.uncork();
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#isHeldBack = true;
    return !this.#isHeldBack;
  }

  #written(bytes: number): void {
    this.#waitingBytes -= bytes;
    if (!this.#isHeldBack || this.#waitingBytes > WRITABLE_BYTES || this.#socket.destroyed) return;
    this.#isHeldBack = false;
    this.#onWritable();
  }
}
