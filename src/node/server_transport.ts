import type { ByteStream, Dialer } from "../ports/byte_stream.ts";

/** Whose connections they are. */
export interface TransportOwner {
  /** It is over: nothing more is to be told. */
  isOver(): boolean;
  takeOutput(): Uint8Array[];
  opened(): void;
  received(chunk: Uint8Array): void;
  /** A write is done, and there may be more. */
  written(): void;
  /** Told once for each connection, or attempt at one, whoever noticed first. */
  lost(reason: string): void;
}

/** Words of leave that a peer does not take are not worth waiting for. */
const LAST_WRITE_TIMEOUT_MS = 1_000;

/** The connections to a server, one at a time. One write is on its way at a time: the rest waits with its owner. */
export class ServerTransport {
  readonly #dialer: Dialer;
  readonly #owner: TransportOwner;
  #stream: ByteStream | undefined;
  /** The connection that a write is on its way on; an old one's last write must not hold up a new one. */
  #writing: ByteStream | undefined;

  constructor(dialer: Dialer, owner: TransportOwner) {
    this.#dialer = dialer;
    this.#owner = owner;
  }

  /** @param address `host:port` */
  connect(address: string): void {
    const owner = this.#owner;
    this.#dialer.dial(address).then(
      (stream) => {
        if (owner.isOver()) return stream.close();
        this.#stream = stream;
        owner.opened();
        this.#readAll(stream).catch((error: unknown) => this.#lose(stream, reasonOf(error)));
      },
      (error: unknown) => owner.lost(reasonOf(error)),
    );
  }

  /** Writes what waits, unless a write is on its way. */
  flush(): void {
    const stream = this.#stream;
    if (stream === undefined || this.#writing === stream) return;
    const chunks = this.#owner.takeOutput();
    if (chunks.length === 0) return;
    this.#writing = stream;
    const done = (): void => {
      if (this.#writing === stream) this.#writing = undefined;
    };
    stream.write(chunks).then(
      () => {
        done();
        this.#owner.written();
      },
      (error: unknown) => {
        done();
        this.#lose(stream, reasonOf(error));
      },
    );
  }

  /** Writes what is left, closes the connection, and says that it is lost. */
  async disconnect(reason: string): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined) return;
    await this.#writeLast(stream);
    this.#lose(stream, reason);
  }

  /** The end: writes what is left, if that is wanted, and closes. */
  async end(writesRest: boolean): Promise<void> {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream === undefined) return;
    if (writesRest) await this.#writeLast(stream);
    stream.close();
  }

  async #readAll(stream: ByteStream): Promise<void> {
    for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) {
      if (stream !== this.#stream) return;
      this.#owner.received(chunk);
    }
    this.#lose(stream, stream.failure ?? "the server closed the connection");
  }

  #lose(stream: ByteStream, reason: string): void {
    stream.close();
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#owner.lost(reason);
  }

  async #writeLast(stream: ByteStream): Promise<void> {
    const chunks = this.#owner.takeOutput();
    if (chunks.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_WRITE_TIMEOUT_MS);
    });
    await Promise.race([late, stream.write(chunks).catch(() => {})]);
    clearTimeout(timer);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
