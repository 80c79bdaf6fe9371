/** One ZMTP connection: greeting, handshake, traffic (zmtp §1). */
import { ProtocolError } from "../../core/protocol_error.ts";
import { type Session, type SessionTrace, StateMachine, TimerTable } from "../../sansio/mod.ts";
import { errorReasonOf } from "./commands.ts";
import { localError, tooLarge, zmtpError } from "./errors.ts";
import { FrameWriter } from "./frame_writer.ts";
import { Handshake } from "./handshake.ts";
import type { FailureKind } from "./mechanism.ts";
import type {
  EncodedMessage,
  Message,
  PeerInfo,
  SharedStretch,
  WireFraming,
  ZmtpCommand,
  ZmtpEvent,
  ZmtpSessionOptions,
} from "./session_types.ts";
import { ZMTP_TABLE, type ZmtpAction, type ZmtpState, type ZmtpTrigger } from "./states.ts";
import { TIMERS, Traffic } from "./traffic.ts";
import { FLAG_COMMAND } from "./wire.ts";

const AUTH_REASON = /^[345]00$/;

/**
 * One side of a connection. The owner carries chunks and time, takes messages, and says who may come in.
 *
 * @example
 * ```ts
 * import { ZmtpSession } from "tidewire/zmtp";
 * const limits = { maxFrameBytes: 1e6, maxMessageBytes: 1e6, maxMessageFrames: 64, maxCommandBytes: 4_096, maxMetadataBytes: 4_096 };
 * const options = { identity: new Uint8Array(0), wire: "stream", security: { mechanism: "NULL" }, asksWho: false, limits,
 *   handshakeTimeoutMs: 30_000, entropy: { fill: () => {} } } as const;
 * const push = new ZmtpSession({ ...options, socketType: "PUSH" }, 0);
 * const pull = new ZmtpSession({ ...options, socketType: "PULL" }, 0);
 * for (let i = 0; i < 2; i++) {
 *   for (const chunk of push.takeOutput()) pull.receive(chunk, 0);
 *   for (const chunk of pull.takeOutput()) push.receive(chunk, 0);
 * }
 * push.send([new TextEncoder().encode("hello")]);
 * for (const chunk of push.takeOutput()) pull.receive(chunk, 0);
 * pull.takeMessages(10).length; // 1
 * ```
 */
export class ZmtpSession implements Session<ZmtpCommand, ZmtpEvent> {
  readonly #machine: StateMachine<ZmtpState, ZmtpTrigger, ZmtpAction>;
  readonly #timers = new TimerTable(TIMERS);
  readonly #events: ZmtpEvent[] = [];
  readonly #writer: FrameWriter;
  readonly #handshake: Handshake;
  readonly #traffic: Traffic;
  #peer: PeerInfo | undefined;
  #isAsking = false;
  #isReady = false;

  /** @param nowMs when the transport was there: the handshake is timed from here */
  constructor(options: ZmtpSessionOptions, nowMs: number, trace?: SessionTrace<ZmtpState, ZmtpTrigger>) {
    this.#machine = new StateMachine(ZMTP_TABLE, "greeting", trace);
    const framing = options.wire === "stream" ? "zmtp" : "zws";
    this.#writer = new FrameWriter(framing);
    this.#handshake = new Handshake(options, framing, this.#writer);
    this.#traffic = new Traffic(options, this.#writer, this.#timers);
    if (options.handshakeTimeoutMs > 0) this.#timers.set("handshakeTimeout", nowMs + options.handshakeTimeoutMs);
    if (this.#handshake.begin()) this.#secure(nowMs);
  }

  get state(): ZmtpState {
    return this.#machine.state;
  }

  /** The other side, once the handshake is done. */
  get peer(): PeerInfo | undefined {
    return this.#peer;
  }

  /** What a shared message must be encoded for; nothing before `ready`, and with CURVE, where each session seals for itself. */
  get framing(): WireFraming | undefined {
    return this.#isReady && !this.#traffic.isSealed ? this.#handshake.framing : undefined;
  }

  /** Octets that `takeOutput` would give. */
  get outputBytes(): number {
    return this.#writer.bytes;
  }

  /** Whole messages that were not taken yet. */
  get waitingMessages(): number {
    return this.#traffic.intake.waiting;
  }

  /** Octets held of a greeting, a frame or a message that is still coming in. */
  get heldBytes(): number {
    return this.#handshake.heldBytes + this.#handshake.frames.carriedBytes + this.#traffic.intake.heldBytes;
  }

  /** Takes a chunk, which is given away: messages are views on it, so it must never change. */
  receive(chunk: Uint8Array, nowMs: number): void {
    if (this.state === "over") return;
    // zmtp §1.13: whatever comes in is a sign of life
    this.#timers.clear("silence");
    this.#timers.clear("peerTtl");
    try {
      const plain = plainView(chunk);
      const rest = this.#handshake.isGreeting ? this.#takeGreeting(plain, nowMs) : plain;
      if (rest !== undefined) this.#takeFrames(rest, nowMs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(error, "protocol", nowMs);
    }
  }

  /**
   * Whole messages in order, at most so many; the caller owns the list. On PUB and XPUB subscriptions come as messages of one
   * part: 01 or 00 and the topic.
   */
  takeMessages(maxMessages: number): Message[] {
    return this.#traffic.intake.take(maxMessages);
  }

  /**
   * Sends a message, of at least one part. Parts over 16 KiB go by reference: they must not change until they are written.
   *
   * @throws ProtocolError (local) `zmtp/not-ready`
   */
  send(message: readonly Uint8Array[]): void {
    if (!this.#isReady) throw localError("not-ready", "a message", "none before ready");
    this.#traffic.send(message);
  }

  /**
   * Sends a message that was encoded for the framing of this session.
   *
   * @throws ProtocolError (local) `zmtp/other-framing`
   */
  sendEncoded(message: EncodedMessage): void {
    if (message.framing !== this.framing) {
      throw localError("other-framing", `a message encoded for ${message.framing}`, `${this.framing ?? "a send"}`);
    }
    this.#writer.encoded(message);
  }

  /**
   * Sends a message that `SharedFrames` has encoded for all sessions of the framing `zmtp`.
   *
   * @throws ProtocolError (local) `zmtp/other-framing`
   */
  sendShared(stretch: SharedStretch): void {
    if (this.framing !== "zmtp") throw localError("other-framing", "a stretch of zmtp", `${this.framing ?? "a send"}`);
    this.#writer.shared(stretch);
  }

  command(command: ZmtpCommand, nowMs: number): void {
    if (command.type === "decide" && this.state === "securing" && !this.#isAsking) {
      throw localError("not-asked", "a decision", "one for each `authenticate` event");
    }
    const rule = this.#machine.step(command.type, nowMs);
    if ("refuse" in rule) {
      throw localError(rule.refuse, `command ${command.type}`, `another one in state ${this.state}`);
    }
    if (rule.action === "decide" && command.type === "decide") {
      this.#isAsking = false;
      this.#handshake.decide(command);
      this.#settle(nowMs);
    } else if (rule.action === "tell" && (command.type === "subscribe" || command.type === "cancel")) {
      this.#traffic.tell(command.type === "subscribe", command.topic);
    } else if (rule.action === "finish") {
      this.#end();
    }
  }

  /** Octets to write, in order; with a WebSocket each is one binary message. Over 16 KiB they may be the caller's own parts. */
  takeOutput(): Uint8Array[] {
    return this.#writer.take();
  }

  nextEvent(): ZmtpEvent | undefined {
    return this.#events.shift();
  }

  nextTimeoutMs(): number | undefined {
    return this.#timers.nextMs();
  }

  onTimeout(nowMs: number): void {
    for (let name = this.#timers.takeExpired(nowMs); name !== undefined; name = this.#timers.takeExpired(nowMs)) {
      const trigger = name === "peerTtl" ? "silence" : name;
      const rule = this.#machine.step(trigger, nowMs);
      if ("refuse" in rule || rule.action === "ignore") continue;
      if (rule.action === "ping") this.#traffic.ping(nowMs);
      else if (trigger === "silence") this.#over(zmtpError("silence", "a silent peer", "a sign of life"), "timeout");
      else this.#over(zmtpError("handshake-timeout", "a handshake that is not done", "one in time"), "timeout");
    }
  }

  /** @returns what is behind the greeting, once that is whole */
  #takeGreeting(chunk: Uint8Array, nowMs: number): Uint8Array | undefined {
    const greeted = this.#handshake.greet(chunk);
    if (greeted?.isSecuring) this.#secure(nowMs);
    return greeted?.rest;
  }

  #takeFrames(chunk: Uint8Array, nowMs: number): void {
    const { frames } = this.#handshake;
    frames.push(chunk);
    while (this.#machine.state !== "over") {
      const status = frames.next();
      if (status === 0) break;
      if (status === 2) throw tooLarge(frames);
      if (this.#isReady) this.#traffic.take(frames.flags, frames.body, nowMs);
      else this.#takeEarly(frames.flags, frames.body, nowMs);
    }
    if (this.#isReady && frames.carriedBytes > 0) this.#traffic.expect(frames.flags, frames.declaredBytes);
    this.#traffic.intake.endChunk();
  }

  /** A frame before the handshake is done. */
  #takeEarly(flags: number, body: Uint8Array, nowMs: number): void {
    if (this.#handshake.awaitsIdentity) {
      const peer = this.#handshake.identify(flags, body);
      this.#machine.step("identified", nowMs);
      this.#open(peer, nowMs);
      return;
    }
    if ((flags & FLAG_COMMAND) === 0) {
      this.#machine.step("message", nowMs);
      this.#over(zmtpError("early-message", "a message frame", "commands until READY"), "protocol");
      return;
    }
    const reason = errorReasonOf(body);
    if (reason !== undefined) {
      this.#machine.step("peerError", nowMs);
      const error = zmtpError("peer-error", `an ERROR from the peer: ${reason}`, "a handshake that it agrees with");
      this.#over(error, AUTH_REASON.test(reason) ? "auth" : "peer-error");
      return;
    }
    this.#machine.step("command", nowMs);
    this.#handshake.receive(body);
    this.#settle(nowMs);
  }

  #secure(nowMs: number): void {
    this.#machine.step("greeted", nowMs);
    this.#settle(nowMs);
  }

  /** Takes what the mechanism has to say, and what it has come to. */
  #settle(nowMs: number): void {
    for (let outcome = this.#handshake.settle(); outcome !== undefined; outcome = this.#handshake.settle()) {
      if (outcome.type === "authenticate") {
        this.#isAsking = true;
        this.#events.push(outcome);
      } else if (outcome.type === "failed") {
        this.#fail(outcome.error, outcome.kind, nowMs);
      } else {
        this.#machine.step("secured", nowMs);
        this.#open(this.#handshake.peerOf(outcome), nowMs);
      }
    }
  }

  #open(peer: PeerInfo, nowMs: number): void {
    this.#timers.clear("handshakeTimeout");
    this.#traffic.open(this.#handshake.box, peer.minor, this.#handshake.hasCommands, nowMs);
    this.#handshake.frames.maxBodyBytes = this.#traffic.maxBodyBytes;
    this.#isReady = true;
    this.#peer = peer;
    this.#events.push({ type: "ready", peer });
  }

  #fail(error: ProtocolError, kind: FailureKind, nowMs: number): void {
    const rule = this.#machine.step("fault", nowMs);
    if ("to" in rule && rule.action === "fail") this.#over(error, kind);
  }

  /** The state is `over` already. */
  #over(error: ProtocolError, kind: FailureKind): void {
    this.#handshake.settle();
    this.#end();
    this.#events.push({ type: "failed", error, kind });
  }

  #end(): void {
    this.#isReady = false;
    this.#timers.clearAll();
    this.#traffic.intake.drop();
    this.#handshake.close();
  }
}

/** A `Buffer`'s views are `Buffer`s, which are slower to make, and whose `slice` copies nothing. */
function plainView(chunk: Uint8Array): Uint8Array {
  if (chunk.constructor === Uint8Array) return chunk;
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}
