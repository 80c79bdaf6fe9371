import type { ProtocolError } from "../core/protocol_error.ts";
import type { HostLinkInfo } from "../ports/socket_host.ts";
import type { EncodedMessage, Message, SharedStretch, ZmtpEvent } from "../protocols/zmtp/session_types.ts";
import type { Connector } from "./connector.ts";
import { type EngineOutput, FLUSH_BYTES } from "./engine_output.ts";
import type { Pipe } from "./pipe.ts";
import { peerError } from "./socket_error.ts";
import type { TrafficSession } from "./traffic_session.ts";

/** What waited is handed to the host in pieces of this size: as much as it holds before it says that it has enough. */
const DRAIN_BYTES = 262_144;

/** What a link tells the table that it is in. */
export interface LinkOwner {
  readonly output: EngineOutput;
  readonly maxUnsentBytes: number;
  sessionEvent(link: Link, event: ZmtpEvent): void;
  failed(link: Link, error: ProtocolError): void;
}

/** One connection, or the attempt to have one. */
export class Link {
  readonly id: number;
  /** The endpoint, for events. */
  readonly address: string;
  /** Who dialled it. */
  readonly connector: Connector | undefined;
  /** The bound endpoint that it came to. */
  readonly listenerId: number | undefined;
  session: TrafficSession | undefined;
  info: HostLinkInfo | undefined;
  /** From the handshake on, unless the pattern didn't take it. */
  pipe: Pipe | undefined;
  isReady = false;
  /** The handshake is done and the host takes bytes. */
  takesMessages = false;
  isOver = false;
  /** When it was last told something. */
  nowMs = 0;
  readonly #owner: LinkOwner;
  #isBlocked = false;
  #isPaused = false;
  #isTouched = false;
  #isPumping = false;
  /** The session may hold messages that there was no room for. */
  #hasBacklog = false;
  /** Chunks that came in behind them. */
  #waiting: Uint8Array[] = [];

  constructor(id: number, owner: LinkOwner, address: string, connector?: Connector, listenerId?: number) {
    this.id = id;
    this.#owner = owner;
    this.address = address;
    this.connector = connector;
    this.listenerId = listenerId;
  }

  /** The transport is there; the handshake begins. */
  open(session: TrafficSession, info: HostLinkInfo, nowMs: number): void {
    this.session = session;
    this.info = info;
    this.nowMs = nowMs;
    this.touch();
    this.#owner.output.wakeAt(session.nextTimeoutMs());
  }

  /** The handshake is done and the pattern has taken the pipe. */
  becomeReady(pipe: Pipe): void {
    this.pipe = pipe;
    pipe.link = this;
    this.isReady = true;
    this.takesMessages = !this.#isBlocked;
    this.touch();
  }

  /** Only while `takesMessages`. */
  send(message: Message): void {
    const session = this.session!;
    session.send(message);
    this.#given(session);
  }

  /** As `send`, for a message that several links share. */
  sendEncoded(message: EncodedMessage): void {
    const session = this.session!;
    session.sendEncoded(message);
    this.#given(session);
  }

  /** As `sendEncoded`, for one of many that they share. */
  sendShared(stretch: SharedStretch): void {
    const session = this.session!;
    session.sendShared(stretch);
    this.#given(session);
  }

  /** There may be something to write. */
  touch(): void {
    if (this.#isTouched || this.#isBlocked || this.isOver) return;
    this.#isTouched = true;
    this.#owner.output.touch(this);
  }

  /** What is to be written now. More may follow at once: then the link is touched again. */
  takeOutput(): Uint8Array[] {
    this.#isTouched = false;
    const { session } = this;
    if (session === undefined || this.#isBlocked) return [];
    if (this.isReady) this.#fillOutput(session);
    return session.takeOutput();
  }

  get hasOutput(): boolean {
    return (this.session?.outputBytes ?? 0) > 0;
  }

  /** The host holds enough for now. */
  block(): void {
    this.#isBlocked = true;
    this.takesMessages = false;
  }

  unblock(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.takesMessages = this.isReady;
    this.touch();
  }

  receive(chunks: readonly Uint8Array[], nowMs: number): void {
    this.nowMs = nowMs;
    if (this.#hasBacklog) {
      // More than there was room for: only now is it worth asking the host to stop.
      for (const chunk of chunks) this.#waiting.push(chunk);
      if (!this.#isPaused) this.#owner.output.add({ type: "pause", linkId: this.id });
      this.#isPaused = true;
      return;
    }
    for (let i = 0; i < chunks.length && !this.isOver; i++) this.#take(chunks[i]!);
    this.pump();
    this.#afterInput();
  }

  /** Moves messages to the inbox as long as there are some and there is room. */
  pump(): void {
    // The pattern may read from within: the loop that runs goes on.
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (!this.isOver && this.#moveMessages()) {
        const chunk = this.#waiting.shift();
        if (chunk === undefined) {
          if (this.#isPaused) this.#owner.output.add({ type: "resume", linkId: this.id });
          this.#isPaused = false;
          break;
        }
        this.#take(chunk);
        this.#afterInput();
      }
    } finally {
      this.#isPumping = false;
    }
  }

  onTimeout(nowMs: number): void {
    this.nowMs = nowMs;
    const { session } = this;
    if (session === undefined || this.isOver) return;
    session.onTimeout(nowMs);
    this.#takeEvents(session);
    this.#afterInput();
  }

  /** The answer to an `authenticate` event, which makes the rest of the handshake go on. */
  command(command: Parameters<TrafficSession["command"]>[0], nowMs: number): void {
    const { session } = this;
    if (session === undefined || this.isOver) return;
    this.nowMs = nowMs;
    session.command(command, nowMs);
    this.#takeEvents(session);
    this.pump();
    this.#afterInput();
  }

  /** The connection is over: whole messages that were not taken yet go to the inbox, past its mark by two chunks at most. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.isReady = false;
    this.takesMessages = false;
    const { session, pipe } = this;
    if (session !== undefined && pipe !== undefined) {
      for (;;) {
        const messages = session.takeMessages(Number.MAX_SAFE_INTEGER);
        if (messages.length > 0) pipe.pattern.arrived(pipe, messages);
        const chunk = this.#waiting.shift();
        if (chunk === undefined) break;
        session.receive(chunk, this.nowMs);
      }
    }
    session?.command({ type: "close" }, this.nowMs);
    if (pipe?.link === this) pipe.link = undefined;
  }

  #given(session: TrafficSession): void {
    if (!this.#isTouched) this.touch();
    if (session.outputBytes >= FLUSH_BYTES) this.#owner.output.isUrgent = true;
  }

  #take(chunk: Uint8Array): void {
    const session = this.session!;
    session.receive(chunk, this.nowMs);
    this.#takeEvents(session);
  }

  #takeEvents(session: TrafficSession): void {
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      this.#owner.sessionEvent(this, event);
      if (this.isOver) return;
    }
  }

  /** @returns whether the session has none left */
  #moveMessages(): boolean {
    const { session, pipe } = this;
    if (session === undefined || pipe === undefined) return true;
    for (;;) {
      const room = pipe.pattern.roomOf(pipe);
      this.#hasBacklog = true;
      if (room <= 0) return false;
      const messages = session.takeMessages(room);
      if (messages.length > 0) pipe.pattern.arrived(pipe, messages);
      if (this.isOver) return false;
      if (messages.length >= room) continue;
      this.#hasBacklog = false;
      return true;
    }
  }

  #afterInput(): void {
    const { session } = this;
    if (session === undefined || this.isOver) return;
    this.#owner.output.wakeAt(session.nextTimeoutMs());
    const { outputBytes } = session;
    if (outputBytes > 0) this.touch();
    // Answers to PINGs pile up when a peer sends and does not read.
    if (outputBytes <= this.#owner.maxUnsentBytes) return;
    this.#owner.failed(this, peerError("sockets/unsent-bytes", `${outputBytes} unsent octets`, "a peer that reads"));
  }

  #fillOutput(session: TrafficSession): void {
    const pipe = this.pipe!;
    const isSubscriber = pipe.pattern.sendsSubscriptions;
    while (session.outputBytes < DRAIN_BYTES) {
      const message = pipe.takeUnsent();
      if (message === undefined) return;
      if (isSubscriber) this.sendUpstream(message);
      else session.send(message);
    }
    if (pipe.outbox.size > 0) this.touch();
  }

  /** A message of a SUB or XSUB: one part that begins with 01 or 00 is a subscription (zmtp §1.9). */
  sendUpstream(message: Message): void {
    const first = message[0]!;
    if (message.length > 1 || first.length === 0 || first[0]! > 1) {
      this.send(message);
      return;
    }
    const type = first[0] === 1 ? "subscribe" : "cancel";
    this.session!.command({ type, topic: first.subarray(1) }, this.nowMs);
    this.touch();
  }
}
