import type { Socket } from "node:net";
import type { HostLink, HostLinkEvents } from "../../ports/mod.ts";
import { mergeSmall } from "./merge_small.ts";
import { PacedWriter } from "./paced_writer.ts";
import { socketFailure } from "./socket_failure.ts";

/** How long a peer may take to close, too. */
const CLOSE_GRACE_MS = 1_000;

/** A connection over a stream of bytes: TCP or a Unix socket. */
export class StreamLink implements HostLink {
  readonly #socket: Socket;
  readonly #writer: PacedWriter;
  #events: HostLinkEvents | undefined;
  #isPaused = false;
  #isClosing = false;
  #failure: string | undefined;

  /** @param socket nothing else listens to it, and nothing was read from it yet */
  constructor(socket: Socket) {
    this.#socket = socket;
    this.#writer = new PacedWriter(socket, () => {
      if (!this.#isClosing) this.#events?.onWritable();
    });
    // `close` follows an error.
    socket.on("error", (error) => {
      this.#failure ??= socketFailure(error);
    });
    socket.on("close", () => {
      const events = this.#events;
      this.#events = undefined;
      events?.onClosed(this.#isClosing ? undefined : this.#failure);
    });
  }

  /** From here on `events` is told what comes in. */
  attach(events: HostLinkEvents): void {
    this.#events = events;
    this.#socket.on("data", ({ buffer, byteOffset, byteLength }: Uint8Array) => {
      // A runtime's chunk is its own piece of memory: nothing is written to it again. As a plain array, its views are, too.
      this.received(new Uint8Array(buffer, byteOffset, byteLength));
    });
    if (!this.#isPaused) this.#socket.resume();
  }

  /** What came in; nobody writes to it again. */
  received(chunk: Uint8Array): void {
    if (!this.#isClosing) this.#events?.onChunk(chunk);
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#isClosing || this.#writer.write(mergeSmall(chunks));
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket.resume();
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const socket = this.#socket;
    if (socket.connecting) {
      socket.destroy();
      return;
    }
    socket.end();
    // What the peer still sends is read and thrown away: unread bytes would turn the close into a reset.
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
    socket.once("close", () => clearTimeout(timer));
  }

  destroy(): void {
    this.#isClosing = true;
    this.#socket.destroy();
  }

  /** Ends an attempt that can't become a connection. */
  fail(failure: string): void {
    this.#failure ??= failure;
    this.#socket.destroy();
  }
}
