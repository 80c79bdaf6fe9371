import type { Dialer } from "../ports/byte_stream.ts";
import type { Clock } from "../ports/clock.ts";
import type { ClientCommand, ClientEvent, ClientSession } from "../protocols/snapshot/mod.ts";
import { ServerTransport } from "./server_transport.ts";
import { WakeTimer } from "./wake_timer.ts";

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
  readonly #transport: ServerTransport;
  readonly #timer: WakeTimer;
  #isClosed = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: SessionConnectionOptions) {
    this.#options = options;
    const { dialer, session, clock, onLost } = options;
    this.#timer = new WakeTimer(clock, () => this.#onTimer());
    this.#transport = new ServerTransport(dialer, {
      isOver: () => this.#isClosed,
      takeOutput: () => session.takeOutput(),
      opened: () => this.#tell((_, nowMs) => session.command({ type: "opened" }, nowMs)),
      received: (chunk) => this.#tell((_, nowMs) => session.receive(chunk, nowMs)),
      written: () => this.#tell(() => {}),
      lost: (reason) => {
        if (this.#isClosed) return;
        onLost(reason);
        this.#tell((_, nowMs) => session.command({ type: "lost", reason }, nowMs));
      },
    });
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
    this.#timer.set(undefined);
    return this.#ended;
  }

  /** Every input goes through here: the session is told, then what it wants is done. */
  #tell(input: (session: ClientSession, nowMs: number) => void): void {
    if (this.#isClosed) return;
    const { session, clock } = this.#options;
    input(session, clock.monotonicMs());
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) this.#carryOut(event);
    this.#transport.flush();
    if (!this.#isClosed) this.#timer.set(session.nextTimeoutMs());
  }

  #carryOut(event: ClientEvent): void {
    if (event.type === "connect") this.#transport.connect(this.#options.address);
    else if (event.type === "disconnect") this.#ended = this.#transport.disconnect(event.reason);
    else this.#options.onEvent(event);
  }

  #onTimer(): void {
    this.#tell((session, nowMs) => session.onTimeout(nowMs));
  }
}
