import { connect, createServer, type Server, type Socket } from "node:net";
import { systemEntropy } from "../../src/node/entropy.ts";
import type { AuthenticateDecision, AuthenticateRequest } from "../../src/protocols/zmtp/mechanism.ts";
import { ZmtpSession } from "../../src/protocols/zmtp/session.ts";
import type {
  Message,
  PeerInfo,
  ZmtpEvent,
  ZmtpLimits,
  ZmtpSessionOptions,
} from "../../src/protocols/zmtp/session_types.ts";

/** What a test says of a session; the rest is the same for all. */
export type LinkOptions = Pick<ZmtpSessionOptions, "socketType" | "security"> &
  Partial<Pick<ZmtpSessionOptions, "identity" | "heartbeat" | "legacy" | "handshakeTimeoutMs">> & {
    /** Decides who may come in; without, everyone may. */
    readonly authenticate?: (request: AuthenticateRequest) => AuthenticateDecision;
  };

const LIMITS: ZmtpLimits = {
  maxFrameBytes: 1 << 20,
  maxMessageBytes: 1 << 22,
  maxMessageFrames: 1_000,
  maxCommandBytes: 4_096,
  maxMetadataBytes: 2_048,
};
/** Long enough for a machine that does other things too; whoever waits so long has failed. */
const PATIENCE_MS = 10_000;

type Failure = Extract<ZmtpEvent, { type: "failed" }>;

/** One session on one plain socket: what comes in is kept until a test asks for it, and both directions' bytes for vectors. */
export class SessionLink {
  readonly session: ZmtpSession;
  readonly received: Uint8Array[] = [];
  readonly sent: Uint8Array[] = [];
  readonly #socket: Socket;
  readonly #options: LinkOptions;
  readonly #messages: Message[] = [];
  readonly #waiting: Set<() => void> = new Set();
  #peer: PeerInfo | undefined;
  #failure: Failure | undefined;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: LinkOptions) {
    this.#socket = socket.setNoDelay(true);
    this.#options = options;
    const { authenticate, ...given } = options;
    this.session = new ZmtpSession(
      {
        identity: new Uint8Array(),
        wire: "stream",
        handshakeTimeoutMs: PATIENCE_MS,
        ...given,
        asksWho: authenticate !== undefined,
        limits: LIMITS,
        entropy: systemEntropy,
      },
      performance.now(),
    );
    socket.on("data", (chunk) => {
      // A copy: vectors are made of it, and a session may keep views.
      this.received.push(new Uint8Array(chunk));
      this.session.receive(this.received.at(-1)!, performance.now());
      this.#turn();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isClosed = true;
      clearTimeout(this.#timer);
      this.#wake();
    });
    this.#turn();
  }

  /** The peer, once the handshake is through; rejects when it fails. */
  async ready(): Promise<PeerInfo> {
    await this.#until(() => this.#peer !== undefined, "ready");
    return this.#peer!;
  }

  /** Why the session failed. */
  async failed(): Promise<Failure> {
    await this.#until(() => this.#failure !== undefined, "a failure");
    return this.#failure!;
  }

  /** Resolves when the peer (or this side) has closed the connection. */
  closed(): Promise<void> {
    return this.#until(() => this.#isClosed, "the end", true);
  }

  /** Resolves when so many chunks have come in all. */
  chunksReceived(count: number): Promise<void> {
    return this.#until(() => this.received.length >= count, `${count} chunks`);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async receive(): Promise<Message> {
    await this.#until(() => this.#messages.length > 0, "a message");
    return this.#messages.shift()!;
  }

  /** As `receive`, as text. */
  async receiveText(): Promise<string[]> {
    return (await this.receive()).map((part) => new TextDecoder().decode(part));
  }

  send(...parts: readonly (string | Uint8Array)[]): void {
    this.session.send(parts.map((part) => (typeof part === "string" ? new TextEncoder().encode(part) : part)));
    this.#turn();
  }

  subscribe(topic: string): void {
    this.session.command({ type: "subscribe", topic: new TextEncoder().encode(topic) }, performance.now());
    this.#turn();
  }

  cancel(topic: string): void {
    this.session.command({ type: "cancel", topic: new TextEncoder().encode(topic) }, performance.now());
    this.#turn();
  }

  close(): void {
    this.session.command({ type: "close" }, performance.now());
    this.#turn();
    this.#socket.destroy();
  }

  #turn(): void {
    for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) this.#on(event);
    for (const message of this.session.takeMessages(Number.MAX_SAFE_INTEGER)) this.#messages.push(message);
    for (const chunk of this.session.takeOutput()) {
      this.sent.push(chunk.slice());
      this.#socket.write(chunk);
    }
    if (this.#failure !== undefined) this.#socket.end();
    clearTimeout(this.#timer);
    const atMs = this.session.nextTimeoutMs();
    if (atMs !== undefined && !this.#isClosed) {
      this.#timer = setTimeout(
        () => {
          this.session.onTimeout(performance.now());
          this.#turn();
        },
        Math.max(0, atMs - performance.now()),
      );
    }
    this.#wake();
  }

  #on(event: ZmtpEvent): void {
    if (event.type === "ready") this.#peer = event.peer;
    else if (event.type === "failed") this.#failure = event;
    else {
      const decision = this.#options.authenticate!(event.request);
      this.session.command({ type: "decide", ...decision }, performance.now());
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #until(isSo: () => boolean, what: string, mayFail = false): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    while (!isSo()) {
      if (this.#failure !== undefined && !mayFail) throw new Error(`no ${what}: ${this.#failure.error.message}`);
      if (this.#isClosed) throw new Error(`no ${what}: the connection is closed`);
      if (performance.now() > deadlineMs) throw new Error(`no ${what} in ${PATIENCE_MS} ms`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, PATIENCE_MS);
        this.#waiting.add(wake);
      });
    }
  }
}

/** A session that connects to a peer's endpoint. */
export function linkTo(endpoint: string, options: LinkOptions): SessionLink {
  const { hostname, port } = new URL(endpoint.replace("tcp:", "http:"));
  return new SessionLink(connect({ host: hostname, port: Number(port), noDelay: true }), options);
}

/** A listener that gives each connection to a session of its own. */
export class SessionListener {
  readonly #server: Server;
  readonly #links: SessionLink[] = [];
  readonly #waiting: ((link: SessionLink) => void)[] = [];

  private constructor(server: Server, options: LinkOptions) {
    this.#server = server;
    server.on("connection", (socket) => {
      const link = new SessionLink(socket, options);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#links.push(link);
      else waiting(link);
    });
  }

  static async listen(options: LinkOptions): Promise<SessionListener> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new SessionListener(server, options);
  }

  get endpoint(): string {
    return `tcp://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** The next connection. */
  accept(): Promise<SessionLink> {
    const link = this.#links.shift();
    return link === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(link);
  }

  close(): void {
    this.#server.close();
  }
}
