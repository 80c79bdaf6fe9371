/** One ZMTP connection: greeting, handshake, traffic (zmtp §1). */
import { FlaggedFrameScanner } from "../../core/mod.ts";
import { ProtocolError } from "../../core/protocol_error.ts";
import { type Session, type SessionTrace, StateMachine, TimerTable } from "../../sansio/mod.ts";
import { errorReasonOf } from "./commands.ts";
import { createMechanism } from "./create_mechanism.ts";
import { localError, zmtpError } from "./errors.ts";
import type { FrameSource } from "./frame_source.ts";
import { FrameWriter } from "./frame_writer.ts";
import { GreetingExchange } from "./greeting_exchange.ts";
import type { LegacyPeer } from "./legacy.ts";
import type { FailureKind, Mechanism } from "./mechanism.ts";
import type { Metadata } from "./metadata_types.ts";
import { checkPeer, checkSocketType, identityOf, localMetadata, socketTypeOf } from "./peer_check.ts";
import type {
  EncodedMessage,
  Message,
  PeerInfo,
  WireFraming,
  ZmtpCommand,
  ZmtpEvent,
  ZmtpSessionOptions,
} from "./session_types.ts";
import { ZMTP_TABLE, type ZmtpAction, type ZmtpState, type ZmtpTrigger } from "./states.ts";
import { TIMERS, Traffic } from "./traffic.ts";
import { WebSocketFrames } from "./web_socket_frames.ts";
import { FLAG_COMMAND, FLAG_MORE, MAX_IDENTITY_BYTES, MINOR } from "./wire.ts";

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
  readonly #options: ZmtpSessionOptions;
  readonly #machine: StateMachine<ZmtpState, ZmtpTrigger, ZmtpAction>;
  readonly #timers = new TimerTable(TIMERS);
  readonly #events: ZmtpEvent[] = [];
  readonly #writer: FrameWriter;
  readonly #traffic: Traffic;
  readonly #mechanism: Mechanism;
  #greetings: GreetingExchange | undefined;
  #frames: FrameSource;
  #framing: WireFraming;
  #version = { major: 3, minor: MINOR };
  #peer: PeerInfo | undefined;
  /** An old peer whose identity has not come yet; or one of `ZWS2.0`, which has no mechanism. */
  #unnamed: LegacyPeer | "ZWS2.0" | undefined;
  #isAsking = false;
  #isReady = false;

  /** @param nowMs when the transport was there: the handshake is timed from here */
  constructor(options: ZmtpSessionOptions, nowMs: number, trace?: SessionTrace<ZmtpState, ZmtpTrigger>) {
    const { limits, security, socketType, wire, asksWho, entropy } = options;
    this.#options = options;
    this.#machine = new StateMachine(ZMTP_TABLE, "greeting", trace);
    this.#framing = wire === "stream" ? "zmtp" : "zws";
    this.#writer = new FrameWriter(this.#framing);
    this.#traffic = new Traffic(options, this.#writer, this.#timers);
    const context = {
      localMetadata: localMetadata(options),
      asksWho,
      maxMetadataBytes: limits.maxMetadataBytes,
      checkPeer: (metadata: Metadata) => checkPeer(socketType, metadata),
    };
    this.#mechanism = createMechanism(security, context, entropy);
    this.#frames =
      wire === "stream" ? new FlaggedFrameScanner(limits.maxCommandBytes) : new WebSocketFrames(limits.maxCommandBytes);
    if (options.handshakeTimeoutMs > 0) this.#timers.set("handshakeTimeout", nowMs + options.handshakeTimeoutMs);
    this.#begin(nowMs);
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
    return this.#isReady && !this.#traffic.isSealed ? this.#framing : undefined;
  }

  /** Octets that `takeOutput` would give. */
  get outputBytes(): number {
    return this.#writer.bytes;
  }

  /** Whole messages that were not taken yet. */
  get waitingMessages(): number {
    return this.#traffic.intake.waiting;
  }

  /** Octets held of a greeting or of a frame that is still coming in. */
  get heldBytes(): number {
    return (this.#greetings?.heldBytes ?? 0) + this.#frames.carriedBytes;
  }

  /** Takes a chunk, which is given away: messages are views on it, so it must never change. */
  receive(chunk: Uint8Array, nowMs: number): void {
    if (this.state === "over") return;
    // zmtp §1.13: whatever comes in is a sign of life
    this.#timers.clear("silence");
    this.#timers.clear("peerTtl");
    try {
      const rest = this.#greetings === undefined ? chunk : this.#takeGreeting(chunk, this.#greetings, nowMs);
      if (rest === undefined) return;
      this.#frames.push(rest);
      for (;;) {
        const status = this.#frames.next();
        if (status === 0) return;
        if (status === 2) throw this.#tooLarge();
        this.#takeFrame(this.#frames.flags, this.#frames.body, nowMs);
        // Widened by a function: what a frame did to the state, the compiler can't see.
        if (isOver(this.#machine.state)) return;
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#fail(error, "protocol", nowMs);
    }
  }

  /** Whole messages in order, at most so many; the caller owns the list. On PUB and XPUB subscriptions come as 01 or 00 and the topic. */
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
   * @throws ProtocolError (local) `zmtp/not-ready`, `zmtp/other-framing`
   */
  sendEncoded(message: EncodedMessage): void {
    if (message.framing !== this.framing) {
      throw localError("other-framing", `a message encoded for ${message.framing}`, `${this.framing ?? "a send"}`);
    }
    this.#writer.encoded(message);
  }

  command(command: ZmtpCommand, nowMs: number): void {
    if (command.type === "decide" && this.state === "securing" && !this.#isAsking) {
      throw localError("not-asked", "a decision", "one for each `authenticate` event");
    }
    const rule = this.#machine.step(command.type, nowMs);
    if ("refuse" in rule) {
      throw localError(rule.refuse.slice(5), `command ${command.type}`, `another one in state ${this.state}`);
    }
    if (rule.action === "decide" && command.type === "decide") {
      this.#isAsking = false;
      this.#mechanism.decide(command);
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

  #begin(nowMs: number): void {
    const { wire, identity } = this.#options;
    if (wire === "stream") {
      this.#greetings = new GreetingExchange(this.#options);
      this.#writer.raw(this.#greetings.begin());
    } else if (wire === "ZWS2.0") {
      // zmtp §1.15: without a mechanism the first message each way is the routing id
      this.#unnamed = "ZWS2.0";
      this.#version = { major: 3, minor: 0 };
      this.#writer.frame(identity, false);
    } else {
      this.#version = { major: 3, minor: 0 };
      this.#startMechanism(nowMs);
    }
  }

  /** @returns what is behind the greeting, once that is whole */
  #takeGreeting(chunk: Uint8Array, greetings: GreetingExchange, nowMs: number): Uint8Array | undefined {
    const greeted = greetings.push(chunk, (bytes) => this.#writer.raw(bytes));
    if (greeted === undefined) return undefined;
    this.#greetings = undefined;
    if (greeted.type === "v3") {
      // zmtp §1.1: a later major is spoken to as 3.1
      const { major, minor } = greeted.greeting;
      this.#version = { major: 3, minor: major > 3 ? MINOR : Math.min(minor, MINOR) };
      this.#startMechanism(nowMs);
      return chunk.subarray(greeted.restAt);
    }
    const { peer, rest } = greeted;
    if (peer.socketType !== undefined) checkSocketType(this.#options.socketType, peer.socketType);
    this.#version = { major: peer.major, minor: 0 };
    this.#frames = peer.frames;
    this.#framing = peer.framing;
    this.#writer.framing = peer.framing;
    this.#unnamed = peer;
    return rest;
  }

  #startMechanism(nowMs: number): void {
    this.#machine.step("greeted", nowMs);
    this.#mechanism.start();
    this.#settle(nowMs);
  }

  #takeFrame(flags: number, body: Uint8Array, nowMs: number): void {
    if (this.#isReady) {
      this.#traffic.take(flags, body, nowMs);
      return;
    }
    if (this.#unnamed !== undefined) {
      this.#takeIdentity(body, this.#unnamed, flags, nowMs);
      return;
    }
    if ((flags & FLAG_COMMAND) === 0) throw zmtpError("early-message", "a message frame", "commands until READY");
    const reason = errorReasonOf(body);
    if (reason !== undefined) {
      const error = zmtpError("peer-error", `an ERROR from the peer: ${reason}`, "a handshake that it agrees with");
      this.#machine.step("peerError", nowMs);
      this.#over(error, AUTH_REASON.test(reason) ? "auth" : "peer-error");
      return;
    }
    this.#machine.step("command", nowMs);
    this.#mechanism.receive(body);
    this.#settle(nowMs);
  }

  /** Takes what the mechanism has to say, and what it has come to. */
  #settle(nowMs: number): void {
    for (const command of this.#mechanism.takeCommands()) this.#writer.command(command);
    for (let outcome = this.#mechanism.takeOutcome(); outcome !== undefined; outcome = this.#mechanism.takeOutcome()) {
      if (outcome.type === "authenticate") {
        this.#isAsking = true;
        this.#events.push(outcome);
      } else if (outcome.type === "failed") {
        this.#fail(outcome.error, outcome.kind, nowMs);
      } else {
        const { metadata, userId } = outcome;
        this.#machine.step("secured", nowMs);
        this.#open({ metadata, userId, socketType: socketTypeOf(metadata), identity: identityOf(metadata) }, nowMs);
      }
    }
  }

  /** The first frame of a peer that has no metadata (zmtp §1.14, §1.15). */
  #takeIdentity(body: Uint8Array, unnamed: LegacyPeer | "ZWS2.0", flags: number, nowMs: number): void {
    if ((flags & (FLAG_COMMAND | FLAG_MORE)) !== 0 || body.length > MAX_IDENTITY_BYTES) {
      throw zmtpError(
        "bad-identity",
        `a frame of ${body.length} octets`,
        `an identity of at most ${MAX_IDENTITY_BYTES}`,
      );
    }
    this.#unnamed = undefined;
    this.#machine.step("identified", nowMs);
    const socketType = unnamed === "ZWS2.0" ? undefined : unnamed.socketType;
    this.#open({ metadata: [], userId: "", socketType, identity: body.slice() }, nowMs);
  }

  #open(peer: Pick<PeerInfo, "metadata" | "userId" | "socketType" | "identity">, nowMs: number): void {
    this.#timers.clear("handshakeTimeout");
    this.#traffic.open(this.#mechanism.box, this.#version.minor, this.#version.major === 3, nowMs);
    this.#frames.maxBodyBytes = this.#traffic.maxBodyBytes;
    this.#isReady = true;
    this.#peer = { ...peer, ...this.#version, mechanism: this.#mechanism.name };
    this.#events.push({ type: "ready", peer: this.#peer });
  }

  #tooLarge(): ProtocolError {
    const { declaredBytes, offset, maxBodyBytes } = this.#frames;
    return zmtpError("frame-too-large", `a body of ${declaredBytes} octets`, `at most ${maxBodyBytes}`, offset);
  }

  #fail(error: ProtocolError, kind: FailureKind, nowMs: number): void {
    const rule = this.#machine.step("fault", nowMs);
    if ("to" in rule && rule.action === "fail") this.#over(error, kind);
  }

  /** The state is `over` already. */
  #over(error: ProtocolError, kind: FailureKind): void {
    for (const command of this.#mechanism.takeCommands()) this.#writer.command(command);
    this.#end();
    this.#events.push({ type: "failed", error, kind });
  }

  #end(): void {
    this.#isReady = false;
    this.#timers.clearAll();
    this.#traffic.intake.drop();
    this.#mechanism.close();
  }
}

function isOver(state: ZmtpState): boolean {
  return state === "over";
}
