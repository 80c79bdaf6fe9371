import type { Endpoint, HostLink, HostLinkEvents, HostTransportOptions } from "../../ports/mod.ts";
import { endpointText } from "../../sockets/endpoint_text.ts";

/** What may wait in the browser before the socket above is told to hold back. */
const MAX_WAITING_BYTES = 262_144;
const WRITABLE_BYTES = 65_536;
/** Browsers do not tell when they have sent something: they are asked so often while much waits. */
const ASK_MS = 5;
/** A page can't stop a WebSocket from reading. What comes in while the socket above is full is kept, up to here. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** How long a peer may take to close, too. One that has stopped reading never does, and browsers wait for it. */
const CLOSE_GRACE_MS = 1_000;
/** A token of HTTP: browsers offer nothing else, so no sub-protocol that names its mechanism (zmtp §1.15). */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Closed without a close frame; browsers do not say why. */
const ABNORMAL = 1006;

/** Dials a WebSocket. */
export function dialWebSocket(endpoint: Endpoint, options: HostTransportOptions, events: HostLinkEvents): HostLink {
  const protocols = options.webSocketProtocols.filter((one) => TOKEN.test(one));
  if (protocols.length === 0) {
    queueMicrotask(() => events.onClosed("browsers have WebSockets without a mechanism only"));
    return { write: () => true, pause() {}, resume() {}, close() {}, destroy() {} };
  }
  return new WebSocketLink(endpointText(endpoint), protocols, options, events);
}

/** A connection over the browser's WebSocket: each chunk is one binary message. */
class WebSocketLink implements HostLink {
  readonly #socket: WebSocket;
  readonly #maxMessageBytes: number;
  #events: HostLinkEvents | undefined;
  #failure: string | undefined;
  #isPaused = false;
  #isHeldBack = false;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(url: string, protocols: string[], options: HostTransportOptions, events: HostLinkEvents) {
    this.#events = events;
    this.#maxMessageBytes = options.maxWebSocketMessageBytes;
    const socket = new WebSocket(url, protocols);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    const { connectTimeoutMs } = options;
    const timer =
      connectTimeoutMs > 0 ? setTimeout(() => this.#fail("connect timed out"), connectTimeoutMs) : undefined;
    socket.onopen = () => {
      clearTimeout(timer);
      const webSocketProtocol = socket.protocol;
      events.onOpen({ peerAddress: "", localEndpoint: "", remoteEndpoint: url, webSocketProtocol });
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => {
      clearTimeout(timer);
      this.#end(code === ABNORMAL ? "the connection could not be made or broke" : undefined);
    };
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN) return true;
    for (const chunk of chunks) socket.send(chunk as Uint8Array<ArrayBuffer>);
    if (!this.#isHeldBack && socket.bufferedAmount > MAX_WAITING_BYTES) {
      this.#isHeldBack = true;
      this.#askLater();
    }
    return !this.#isHeldBack;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    queueMicrotask(() => this.#deliver());
  }

  close(): void {
    this.#drop();
    this.#socket.close();
    // The browser goes on by itself with what it holds; the socket above need not wait for that.
    const timer = setTimeout(() => this.#end(undefined), CLOSE_GRACE_MS);
    this.#socket.addEventListener("close", () => clearTimeout(timer));
  }

  destroy(): void {
    this.#drop();
    this.#socket.close();
    // The browser may wait a minute for the peer's close: nobody else needs to.
    queueMicrotask(() => this.#end(undefined));
  }

  #receive(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) {
      this.#fail("found a text message, expected binary ones");
      return;
    }
    if (data.byteLength > this.#maxMessageBytes) {
      this.#fail(`found a message of ${data.byteLength} bytes, expected at most ${this.#maxMessageBytes}`);
      return;
    }
    this.#held.push(new Uint8Array(data));
    this.#heldBytes += data.byteLength;
    this.#deliver();
    if (this.#heldBytes > MAX_HELD_BYTES) this.#fail(`more than ${MAX_HELD_BYTES} bytes wait to be received`);
  }

  #deliver(): void {
    const chunks = this.#held;
    let told = 0;
    while (!this.#isPaused && told < chunks.length) {
      const chunk = chunks[told++]!;
      this.#heldBytes -= chunk.length;
      this.#events?.onChunk(chunk);
    }
    // `close` from inside of a call has dropped them.
    if (this.#held === chunks) chunks.splice(0, told);
  }

  #askLater(): void {
    setTimeout(() => {
      if (this.#socket.bufferedAmount > WRITABLE_BYTES) {
        if (this.#events !== undefined) this.#askLater();
        return;
      }
      this.#isHeldBack = false;
      this.#events?.onWritable();
    }, ASK_MS);
  }

  #fail(failure: string): void {
    this.#failure ??= failure;
    this.#drop();
    this.#socket.close();
    queueMicrotask(() => this.#end(undefined));
  }

  /** Nothing that came in is told any more. */
  #drop(): void {
    this.#isPaused = true;
    this.#held = [];
    this.#heldBytes = 0;
  }

  #end(failure: string | undefined): void {
    const events = this.#events;
    this.#events = undefined;
    if (this.#heldBytes > 0) for (const chunk of this.#held) events?.onChunk(chunk);
    this.#drop();
    events?.onClosed(this.#failure ?? failure);
  }
}
