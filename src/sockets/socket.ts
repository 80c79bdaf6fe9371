import type { SocketHost } from "../ports/socket_host.ts";
import type { SocketType } from "../protocols/zmtp/socket_type.ts";
import { EventStream } from "./event_stream.ts";
import { lingerMs, MAX_WAITING_CALLS, openSocket } from "./open_socket.ts";
import { checkOptions, type OptionName } from "./option_rules.ts";
import type { Pattern, PatternServices } from "./patterns/pattern.ts";
import type { SocketDriver } from "./socket_driver.ts";
import type { PairOptions } from "./socket_options.ts";

/** What a class of sockets is made of. */
export interface SocketKind {
  readonly type: SocketType;
  /** The class's name, for messages. */
  readonly name: string;
  /** Options beside those of all sockets. */
  readonly ownOptions: readonly OptionName[];
  readonly identity?: Uint8Array;
  readonly createPattern: (services: PatternServices) => Pattern;
}

/** How a connection is made. */
export interface ConnectOptions {
  /** What a `Router` calls the peer, before it has said anything. */
  readonly routingId?: string | Uint8Array;
}

/** How a socket is closed. */
export interface CloseOptions {
  /** What unsent messages have to leave, in ms; -1 waits without end. Else what the option `linger` says. */
  readonly lingerMs?: number;
}

/** What all sockets have. Endpoints are texts as libzmq writes them; any number of binds and connects may be mixed. */
export abstract class Socket {
  /** What happens to connections: `events.on(type, handler)`, or an async iterable from here on. */
  readonly events: EventStream;
  protected readonly driver: SocketDriver;
  readonly #linger: number | undefined;
  #lastEndpoint: string | null = null;
  #closed: Promise<void> | undefined;

  /** @throws ProtocolError `sockets/bad-option` */
  constructor(host: SocketHost, kind: SocketKind, options: PairOptions) {
    checkOptions(kind.name, kind.ownOptions, options as Readonly<Record<string, unknown>>);
    this.events = new EventStream(host);
    this.#linger = options.linger;
    this.driver = openSocket({
      host,
      type: kind.type,
      options,
      identity: kind.identity ?? new Uint8Array(0),
      createPattern: kind.createPattern,
      onEvent: (event) => this.events.emit(event),
      onNews: () => this.onNews(),
    });
  }

  /** REQ, REP, and so on. */
  get type(): SocketType {
    return this.driver.engine.pattern.socketType;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** What the last `bind` came to, with the port that was picked for port 0. */
  get lastEndpoint(): string | null {
    return this.#lastEndpoint;
  }

  /** Peers whose handshake is done. */
  get peers(): number {
    return this.driver.engine.peers;
  }

  /**
   * Resolves with the endpoint that is bound in truth, when peers can connect to it.
   *
   * @throws ProtocolError `sockets/bad-endpoint`, `sockets/bind-failed`, `sockets/closed`
   */
  async bind(endpoint: string): Promise<string> {
    this.#lastEndpoint = await this.driver.bind(endpoint);
    return this.#lastEndpoint;
  }

  /**
   * Ends a bind and the connections that came by it.
   *
   * @param endpoint as it was bound, or what the bind came to
   * @throws ProtocolError `sockets/unknown-endpoint`, `sockets/closed`
   */
  async unbind(endpoint: string): Promise<void> {
    await this.driver.unbind(endpoint);
  }

  /**
   * Connects, now and whenever the connection breaks, until `disconnect`. The peer need not be there yet.
   *
   * @throws ProtocolError `sockets/bad-endpoint`, `sockets/no-transport`, `sockets/closed`
   */
  connect(endpoint: string, options: ConnectOptions = {}): void {
    checkOptions("connect", ["routingId"], options as Readonly<Record<string, unknown>>);
    const { routingId } = options;
    const id = typeof routingId === "string" ? new TextEncoder().encode(routingId) : routingId;
    this.driver.connect(endpoint, id);
  }

  /** @throws ProtocolError `sockets/unknown-endpoint`, `sockets/closed` */
  disconnect(endpoint: string): void {
    this.driver.disconnect(endpoint);
  }

  /**
   * Ends everything; resolves when all that was sent is with the operating system, or the linger is over. Calls that wait are
   * rejected with `sockets/closed`, iterators end. A second call can only shorten the linger.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const linger = options.lingerMs ?? this.#linger;
    const isFirst = this.#closed === undefined;
    this.#closed = this.driver.close(lingerMs(linger));
    if (isFirst) this.onClose();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Something may have come in, or may go out again. */
  protected abstract onNews(): void;

  /** Calls that wait end now. */
  protected abstract onClose(): void;
}

/** How many calls may wait at once. */
export function maxWaitingCalls(options: PairOptions): number {
  return options.maxWaitingCalls ?? MAX_WAITING_CALLS;
}
