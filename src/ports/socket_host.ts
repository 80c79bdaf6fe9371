import type { Clock } from "./clock.ts";
import type { Entropy } from "./entropy.ts";

/** Where a socket connects to or is bound. Texts are as the user gave them; the host resolves names and wildcards. */
export type Endpoint =
  /** `host` is a name, an IPv4 or a bare IPv6 address, or `*` (bind only: every interface). Port 0: the host picks one. */
  | { readonly transport: "tcp"; readonly host: string; readonly port: number }
  /** A path of the file system; the host checks its length. */
  | { readonly transport: "ipc"; readonly path: string }
  /** `path` begins with a slash. */
  | { readonly transport: "ws" | "wss"; readonly host: string; readonly port: number; readonly path: string };

/** The transports that hosts open; `inproc` never gets to one. */
export type HostTransport = Endpoint["transport"];

/** What is known of a connection once it is open. */
export interface HostLinkInfo {
  /** The peer's IP address (no port) or the path of its Unix socket; for `authenticate`. Empty when it is not known. */
  readonly peerAddress: string;
  /** For monitor events, for example `tcp://127.0.0.1:5555`. */
  readonly localEndpoint: string;
  readonly remoteEndpoint: string;
  /** The sub-protocol that both sides agreed on (zmtp §1.15); nothing for streams of bytes. */
  readonly webSocketProtocol: string | undefined;
}

/** What a host tells of a connection. Each is a call of its own, never from inside a call of {@linkcode HostLink}. */
export interface HostLinkEvents {
  /** Once, before anything else, for a connection that was dialled; one that was accepted is open already. */
  onOpen(info: HostLinkInfo): void;
  /**
   * What came in: any bytes of a stream, or one whole WebSocket message. The chunk is given away: messages are views on it, so
   * a host never writes to it again. Chunks of 64 to 256 KiB make a socket fast.
   */
  onChunk(chunk: Uint8Array): void;
  /** As `onChunk`, for several that came in at once: the messages of a WebSocket, of which many are in one read. */
  onChunks(chunks: readonly Uint8Array[]): void;
  /** After `write` said false: little is waiting now. */
  onWritable(): void;
  /**
   * The last call: the dial failed, or the connection is over, for whatever reason. Told behind the last chunk. After
   * `close` and `destroy` too.
   *
   * @param failure why, in a few words (`connection refused`); nothing when the peer closed in order or this side did
   */
  onClosed(failure: string | undefined): void;
}

/** One connection, or the attempt to have one. */
export interface HostLink {
  /**
   * Writes the chunks in order and owns them from here on: nobody changes them. On a stream of bytes they are one run of
   * bytes, so small ones can be put together and all of them go out in one system call; on a WebSocket each chunk is one
   * binary message. Called at most a few times a turn, with 64 KiB or more when there is that much.
   *
   * @returns false when more than about 256 KiB wait in the host's memory for the operating system: `onWritable` follows
   */
  write(chunks: readonly Uint8Array[]): boolean;
  /** No `onChunk` until `resume`, besides those that are on their way already. */
  pause(): void;
  resume(): void;
  /**
   * The orderly end: writes what it was given, says so to the peer (FIN, a WebSocket's close), throws away what still
   * comes in until the peer closes too, and gives up after a second. A plain close of a socket with unread bytes would reset the
   * connection, and the peer would lose what is on its way. An attempt that is not open yet is given up.
   */
  close(): void;
  /** The end at once; what waits is thrown away. */
  destroy(): void;
}

/** What a host tells of a bound endpoint. */
export interface HostListenerEvents {
  /**
   * Once, when peers can connect.
   *
   * @param endpoint what is bound in truth: wildcards and port 0 replaced, for example `tcp://0.0.0.0:40123`
   */
  onListening(endpoint: string): void;
  /**
   * A peer is there. The host calls the events that it gets back.
   *
   * @returns nothing when the socket does not take the peer: the host closes the connection
   */
  onAccepted(link: HostLink, info: HostLinkInfo): HostLinkEvents | undefined;
  /** A connection could not be taken in (no more file descriptors, a failed TLS handshake); listening goes on. */
  onAcceptFailed(failure: string): void;
  /** The last call: it could not be bound, or `close` is done (then without a failure). */
  onClosed(failure: string | undefined): void;
}

/** A bound endpoint, or the attempt to have one. */
export interface HostListener {
  /** Takes no more peers; connections that it gave out live on. */
  close(): void;
}

/** What a dial or a listener is made with, besides its endpoint. */
export interface HostTransportOptions {
  /** WebSocket sub-protocols (zmtp §1.15): what a dial offers and a listener takes, best first. */
  readonly webSocketProtocols: readonly string[];
  /** The longest message a WebSocket takes in, flag octet and all; larger ones end the connection. */
  readonly maxWebSocketMessageBytes: number;
  /** How long a dial may take, in ms; 0 leaves it to the operating system. */
  readonly connectTimeoutMs: number;
  /** Certificates and the like for `wss`, in the host's own form: sockets hand it through unread. */
  readonly tls: unknown;
}

/** A timer that was set. */
export interface HostTimer {
  cancel(): void;
}

/** What sockets need of a runtime: connections, time, chance and turns of its loop. Hosts implement it. */
export interface SocketHost {
  /** Only `monotonicMs` is asked for on the way of a message. */
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** The transports that it can dial and those that it can bind. */
  readonly dials: ReadonlySet<HostTransport>;
  readonly listens: ReadonlySet<HostTransport>;
  /** Runs `task` at the end of the current turn, before anything comes in (`queueMicrotask`). */
  endOfTurn(task: () => void): void;
  /** Runs `task` in the next turn of the loop, after what has come in was told (`setImmediate`, a message channel). */
  nextTurn(task: () => void): void;
  /** @param delayMs 0 to 2^31 - 1 */
  setTimer(delayMs: number, task: () => void): HostTimer;
  /** Begins to connect; `events.onOpen` or `events.onClosed` follows, never before this call returns. */
  dial(endpoint: Endpoint, options: HostTransportOptions, events: HostLinkEvents): HostLink;
  /** Begins to listen; `events.onListening` or `events.onClosed` follows, never before this call returns. */
  listen(endpoint: Endpoint, options: HostTransportOptions, events: HostListenerEvents): HostListener;
}
