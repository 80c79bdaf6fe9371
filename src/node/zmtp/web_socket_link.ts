import type { Socket } from "node:net";
import process from "node:process";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Entropy, HostLink, HostLinkEvents } from "../../ports/mod.ts";
import { PacedWriter } from "./paced_writer.ts";
import { socketFailure } from "./socket_failure.ts";
import { WebSocketFrames } from "./web_socket_frames.ts";

/** How long a peer may take to close, too. */
const CLOSE_GRACE_MS = 1_000;
/** RFC 6455 §7.4.1: what came is of a kind that is not taken. */
const UNSUPPORTED_DATA = 1003;
/** Closed without a close frame. */
const ABNORMAL = 1006;
/** Bun puts a WebSocket of its own in the place of the package, and the socket below it is out of reach. */
const OWNS_SOCKET = process.versions["bun"] === undefined;

/** A connection over a WebSocket: each chunk is one binary message. */
export class WebSocketLink implements HostLink {
  readonly #socket: WebSocket;
  readonly #entropy: Entropy | undefined;
  #write: ((messages: readonly Uint8Array[]) => boolean) | undefined;
  #events: HostLinkEvents | undefined;
  /** Messages of the read that is being taken apart. */
  #incoming: Uint8Array[] = [];
  #isClosing = false;
  #failure: string | undefined;

  /** @param entropy masks what a client sends; nothing for a server */
  constructor(socket: WebSocket, entropy: Entropy | undefined) {
    this.#socket = socket;
    this.#entropy = entropy;
    socket.on("error", (error) => {
      this.#failure ??= socketFailure(error);
    });
    socket.on("close", (code) => {
      this.#tell();
      const events = this.#events;
      this.#events = undefined;
      if (code === ABNORMAL) this.#failure ??= "the connection ended without a close";
      events?.onClosed(this.#isClosing ? undefined : this.#failure);
    });
  }

  /** From here on `events` is told what comes in. */
  attach(events: HostLinkEvents): void {
    this.#events = events;
    this.#socket.on("message", (data, isBinary) => {
      if (this.#isClosing) return;
      if (!isBinary) {
        this.#failure ??= "found a text message, expected binary ones";
        this.#socket.close(UNSUPPORTED_DATA);
        return;
      }
      // All that one read has brought is told of at once, when it is taken apart.
      if (this.#incoming.length === 0) queueMicrotask(this.#tell);
      this.#incoming.push(data as Uint8Array);
    });
  }

  readonly #tell = (): void => {
    const chunks = this.#incoming;
    if (chunks.length === 0) return;
    this.#incoming = [];
    if (!this.#isClosing) this.#events?.onChunks(chunks);
  };

  /** @param below the socket that the WebSocket runs on: frames are written to it, many at a time */
  opened(below: Duplex | undefined): void {
    const onWritable = (): void => {
      if (!this.#isClosing) this.#events?.onWritable();
    };
    if (OWNS_SOCKET && below !== undefined) {
      const writer = new PacedWriter(below as Socket, onWritable);
      const frames = new WebSocketFrames(this.#entropy);
      this.#write = (messages) => writer.write(frames.encode(messages));
      return;
    }
    // `ws` has the parts of a socket that are written to; a message a call is what it can do.
    const parts = { destroyed: false, cork() {}, uncork() {}, write: this.#socket.send.bind(this.#socket) };
    const writer = new PacedWriter(parts as unknown as Socket, onWritable);
    this.#write = (messages) => writer.write(messages);
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#isClosing || this.#write === undefined || this.#write(chunks);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#socket.close();
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  destroy(): void {
    this.#isClosing = true;
    this.#socket.terminate();
  }

  /** Ends an attempt that can't become a connection. */
  fail(failure: string): void {
    this.#failure ??= failure;
    this.#socket.terminate();
  }
}
