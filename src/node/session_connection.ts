import type { ByteStream, Dialer } from "../ports/byte_stream.ts";
import type { Clock } from "../ports/clock.ts";
import type { ClientCommand, ClientEvent, ClientSession } from "../protocols/snapshot/mod.ts";

/** The longest wait that a timer of the platform takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Words of leave that a peer does not take are not worth waiting for. */
const LAST_WRITE_TIMEOUT_MS = 1_000;

/** What a connection is made of. */
export interface SessionConnectionOptions {
  readonly session: ClientSession;
  readonly dialer: Dialer;
  readonly clock: Clock;
  /** `host:port` */
  readonly address: string;
  /** Hears of everything that is not for the connection itself. */
  readonly onEvent: (event: ClientEvent) => void;
  /** Hears why a connection was lost or not made; the session tries again by itself. */
  readonly onLost: (reason: string) => void;
}

/** Drives a client session with real time and sockets, over as many connections as it takes. */
export class SessionConnection {
  readonly #options: SessionConnectionOptions;
  #stream: ByteStream | undefined;
  #isWriting = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: SessionConnectionOptions) {
    this.#options = options;
    this.#onTimer();
  }

  /** @throws ProtocolError when the session's state forbids it */
  command(command: ClientCommand): void {
    this.#tell((session, nowMs) => session.command(command, nowMs));
  }

  /** Says goodbye and resolves when the transport is closed. */
  close(): Promise<void> {
    if (!this.#isClosed) this.command({ type: "close" });
    this.#isClosed = true;
    clearTimeout(this.#timer);
    return this.#ended;
  }

  /** Every input goes through here: the session is told, then what it wants is done. */
  #tell(input: (session: ClientSession, nowMs: number) => void): void {
    if (this.#isClosed) return;
    const { session, clock } = this.#options;
    input(session, clock.monotonicMs());
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) this.#carryOut(event);
    this.#flush();
    this.#setTimer();
  }

  #carryOut(event: ClientEvent): void {
    if (event.type === "connect") this.#connect();
    else if (event.type === "disconnect") this.#disconnect(event.reason);
    else this.#options.onEvent(event);
  }

  #connect(): void {
    const { dialer, address } = this.#options;
    dialer.dial(address).then(
      (stream) => {
        if (this.#isClosed) return stream.close();
        this.#stream = stream;
        this.#tell((session, nowMs) => session.command({ type: "opened" }, nowMs));
        this.#readAll(stream).catch((error: unknown) => this.#lose(stream, reasonOf(error)));
      },
      (error: unknown) => this.#sayLost(reasonOf(error)),
    );
  }

  async #readAll(stream: ByteStream): Promise<void> {
    for (let chunk = await stream.read(); chunk !== undefined; chunk = await stream.read()) {
      const received = chunk;
      if (stream !== this.#stream) return;
      this.#tell((session, nowMs) => session.receive(received, nowMs));
    }
    this.#lose(stream, "the server closed the connection");
  }

  /** Tells the session once for each connection, whoever noticed first. */
  #lose(stream: ByteStream, reason: string): void {
    stream.close();
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    this.#sayLost(reason);
  }

  #sayLost(reason: string): void {
    if (this.#isClosed) return;
    this.#options.onLost(reason);
    this.#tell((session, nowMs) => session.command({ type: "lost", reason }, nowMs));
  }

  #disconnect(reason: string): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#ended = this.#writeLast(stream).then(() => this.#lose(stream, reason));
  }

  #flush(): void {
    const stream = this.#stream;
    // One write at a time: what waits stays with the session, which then knows that the transport is behind.
    if (stream === undefined || this.#isWriting) return;
    const chunks = this.#options.session.takeOutput();
    if (chunks.length === 0) return;
    this.#isWriting = true;
    stream.write(chunks).then(
      () => {
        this.#isWriting = false;
        this.#tell(() => {});
      },
      (error: unknown) => {
        this.#isWriting = false;
        this.#lose(stream, reasonOf(error));
      },
    );
  }

  async #writeLast(stream: ByteStream): Promise<void> {
    const chunks = this.#options.session.takeOutput();
    if (chunks.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LAST_WRITE_TIMEOUT_MS);
    });
    await Promise.race([late, stream.write(chunks).catch(() => {})]);
    clearTimeout(timer);
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const nextMs = this.#options.session.nextTimeoutMs();
    if (nextMs === undefined || this.#isClosed) return;
    // Timers count whole milliseconds: rounded up, so that they do not fire just before what they wait for.
    const delayMs = Math.ceil(Math.max(0, nextMs - this.#options.clock.monotonicMs()));
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(MAX_TIMER_MS, delayMs));
  }

  #onTimer(): void {
    this.#tell((session, nowMs) => session.onTimeout(nowMs));
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
