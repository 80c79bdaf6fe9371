import { connect, type Socket } from "node:net";
import { splitAddress } from "../agent/config_values.ts";
import type { ByteStream, Dialer } from "../ports/byte_stream.ts";

/** A machine on the network answers within this; one that does not is tried again by the retry schedule. */
const CONNECT_TIMEOUT_MS = 10_000;
/** A peer that takes nothing for so long is as good as gone. */
const WRITE_TIMEOUT_MS = 30_000;
/** An agent receives acknowledgements of 70 bytes; the socket is paused until a chunk is taken, so this is all it holds. */
const RECEIVE_BUFFER_BYTES = 4_096;

/** Opens TCP connections. */
export const tcpDialer: Dialer = {
  dial(address) {
    const target = splitAddress(address);
    if (target === undefined) return Promise.reject(new Error(`found ${address}, expected host:port`));
    return dialSocket(address, "connect", (receive) => {
      // One buffer for the life of the connection: an agent in steady state allocates nothing to listen.
      const buffer = new Uint8Array(RECEIVE_BUFFER_BYTES);
      const callback = (bytes: number): boolean => receive(buffer.subarray(0, bytes));
      return connect({ ...target, onread: { buffer, callback } });
    });
  },
};

/**
 * Opens a connection on a socket of the host's choice.
 *
 * @param readyEvent the socket's word that bytes may be sent
 * @param open makes the socket; it hands each chunk to `receive` and reads no further when that says false
 */
export async function dialSocket(
  address: string,
  readyEvent: "connect" | "secureConnect",
  open: (receive: ReceiveChunk) => Socket,
): Promise<ByteStream> {
  const stream = new SocketStream(address, readyEvent, open);
  await stream.opened;
  return stream;
}

/** Takes a chunk, which stays as it is until the next one; whether to read on. */
type ReceiveChunk = (chunk: Uint8Array) => boolean;

/** One connection; the socket is paused while a chunk waits. */
class SocketStream implements ByteStream {
  readonly remoteAddress: string;
  readonly opened: Promise<void>;
  readonly #socket: Socket;
  /** A chunk that came in and nobody has asked for yet; the socket is paused then. */
  #chunk: Uint8Array | undefined;
  #takeRead: ((chunk: Uint8Array | undefined) => void) | undefined;
  #isClosed = false;
  #failure: string | undefined;

  constructor(address: string, readyEvent: string, open: (receive: ReceiveChunk) => Socket) {
    this.remoteAddress = address;
    this.#socket = open((chunk) => this.#receive(chunk));
    this.#socket.setNoDelay(true).setKeepAlive(true);
    this.opened = this.#open(readyEvent);
  }

  get failure(): string | undefined {
    return this.#failure;
  }

  read(): Promise<Uint8Array | undefined> {
    const chunk = this.#chunk;
    if (chunk !== undefined || this.#isClosed) {
      this.#chunk = undefined;
      return Promise.resolve(chunk);
    }
    return new Promise((resolve) => {
      this.#takeRead = resolve;
      this.#socket.resume();
    });
  }

  write(chunks: readonly Uint8Array[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error("the connection is closed"));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#socket.destroy(new Error(`the server took nothing for ${WRITE_TIMEOUT_MS / 1000} s`));
      }, WRITE_TIMEOUT_MS);
      const end = (error?: Error | null): void => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      };
      this.#socket.cork();
      for (const chunk of chunks.slice(0, -1)) this.#socket.write(chunk);
      this.#socket.write(chunks.at(-1) ?? new Uint8Array(0), end);
      this.#socket.uncork();
    });
  }

  close(): void {
    if (this.#isClosed) return;
    // What was written still goes out before the end; a process that has nothing else to do does not wait for it.
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.end(() => this.#socket.destroy());
    this.#socket.unref();
    this.#end();
  }

  #open(readyEvent: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`));
      }, CONNECT_TIMEOUT_MS);
      this.#socket.once(readyEvent, () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.on("error", (error) => {
        this.#failure ??= error.message.trim();
        reject(error);
      });
      this.#socket.once("end", () => this.#end());
      this.#socket.once("close", () => {
        clearTimeout(timer);
        reject(new Error("the connection was closed"));
        this.#end();
      });
    });
  }

  /** Pauses the socket after each chunk: the buffer is read into again only when the next one is asked for. */
  #receive(chunk: Uint8Array): boolean {
    const takeRead = this.#takeRead;
    this.#takeRead = undefined;
    if (takeRead === undefined) this.#chunk = chunk;
    else takeRead(chunk);
    return false;
  }

  #end(): void {
    this.#isClosed = true;
    this.#takeRead?.(undefined);
    this.#takeRead = undefined;
  }
}
