/** One agent's connection, as the server sees it (spec §6). */
import {
  type DedupeWindow,
  type Session,
  type SessionTrace,
  StateMachine,
  type Timer,
  TimerTable,
} from "../../sansio/mod.ts";
import type { DecodedEnvelope } from "./decode.ts";
import { type ControlMessage, decodeControl } from "./decode_control.ts";
import { ERROR_CODES, type ErrorName, localError, SnapshotError } from "./errors.ts";
import { copyExtensions, ownedPayload } from "./extensions.ts";
import { IdSource } from "./ids.ts";
import { type Intake, MessageIntake } from "./message_intake.ts";
import type { Envelope, HandshakePayload, Version } from "./messages.ts";
import { Outbound } from "./outbound.ts";
import { peerError, refusalOf } from "./refusals.ts";
import { handshakeAckPayload, type ServerSettings, serverSettings } from "./server_settings.ts";
import { SERVER_TABLE, type ServerAction, type ServerState, type ServerTrigger } from "./server_states.ts";
import type { ServerCommand, ServerEvent, ServerSessionOptions } from "./session_types.ts";
import { SnapshotReceiver } from "./snapshot_receiver.ts";
import { chooseVersion, describeRange, offeredRange } from "./version.ts";
import { WaitingIntakes } from "./waiting_intakes.ts";
import { CAPABILITY_ZSTD, ID_BYTES, IDLE_INTERVALS } from "./wire.ts";

const NO_ID: Uint8Array = new Uint8Array(ID_BYTES);
const ZEROS: ControlMessage = {
  type: "heartbeat",
  payload: { queuedSnapshots: 0, droppedSnapshots: 0, extensions: [] },
};
/** Stands in envelopes to a peer that has not said who it is: an agent id has at least one byte (spec §2). */
const UNKNOWN_AGENT = "unknown";

/**
 * The server's side of one connection. The host feeds it chunks and time, lets the agent in with `accept`, and says
 * `stored` once a snapshot is durable.
 *
 * @example
 * ```ts
 * import { ServerSession } from "tidewire/snapshot";
 * import { DedupeWindow } from "tidewire/sansio";
 * const session = new ServerSession(
 *   { entropy: { fill: (into) => crypto.getRandomValues(into) }, platform: 2, utcOffsetMs: Date.now() }, 0);
 * session.receive(new Uint8Array(0), 0);
 * const event = session.nextEvent();
 * if (event?.type === "handshake") {
 *   session.command({ type: "accept", known: new DedupeWindow(1_024), throttleDelayMs: 0 }, 0);
 * }
 * ```
 */
export class ServerSession implements Session<ServerCommand, ServerEvent> {
  readonly #machine: StateMachine<ServerState, ServerTrigger, ServerAction>;
  readonly #timers = new TimerTable(["handshakeTimeout", "idleTimeout"] as const);
  readonly #intake: MessageIntake;
  readonly #outbound: Outbound;
  readonly #receiver: SnapshotReceiver;
  readonly #events: ServerEvent[] = [];
  readonly #settings: ServerSettings;
  /** The handshake that is being decided on, or was accepted. */
  #handshake:
    | {
        readonly messageId: Uint8Array;
        readonly agentId: string;
        readonly capabilities: number;
        readonly version: Version;
      }
    | undefined;
  readonly #waiting = new WaitingIntakes();

  /**
   * @param nowMs when the connection was opened; the handshake is timed from here
   * @throws ProtocolError `snapshot/option-out-of-range` (local)
   */
  constructor(options: ServerSessionOptions, nowMs: number, trace?: SessionTrace<ServerState, ServerTrigger>) {
    this.#machine = new StateMachine(SERVER_TABLE, "awaitingHandshake", trace);
    this.#settings = serverSettings(options);
    const { versions, maxSnapshotBytes, maxUnstoredSnapshots, handshakeTimeoutMs } = this.#settings;
    this.#intake = new MessageIntake(this.#settings.maxConsecutiveBadFrames);
    const identity = { version: versions.max, agentId: UNKNOWN_AGENT, platform: options.platform };
    this.#outbound = new Outbound(identity, new IdSource(options.entropy), options.utcOffsetMs);
    this.#receiver = new SnapshotReceiver(this.#outbound, this.#events, {
      compressor: options.compressor,
      maxSnapshotBytes,
      maxUnstoredSnapshots,
    });
    this.#timers.set("handshakeTimeout", nowMs + handshakeTimeoutMs);
  }

  get state(): ServerState {
    return this.#machine.state;
  }

  /** Bytes that this session holds for its peer: an unfinished frame, unfinished snapshots, frames that wait. */
  get heldBytes(): number {
    return this.#intake.heldBytes + this.#receiver.heldBytes + this.#waiting.heldBytes;
  }

  /** What it waits for and until when, for those who look. */
  get timers(): readonly Timer[] {
    return this.#timers.entries();
  }

  /** Whether the next byte begins a frame. */
  get isBetweenFrames(): boolean {
    return this.#intake.isBetweenFrames;
  }

  receive(chunk: Uint8Array, nowMs: number): void {
    if (this.state === "closed") return;
    // spec §6.6: an agent that has sent nothing is dropped; anything it sends is a sign of life
    if (this.state === "established") this.#startIdleTimer(nowMs);
    this.#intake.push(chunk);
    for (let intake = this.#intake.next(); intake !== undefined; intake = this.#intake.next()) {
      // Kept until the handshake is decided on, so that chunks make no difference.
      if (this.#machine.state !== "deciding") this.#take(intake, nowMs);
      else if (!this.#waiting.add(intake)) {
        const detail = "too much before HandshakeAck";
        this.command({ type: "close", errorName: "HANDSHAKE_REQUIRED", detail }, nowMs);
      }
    }
  }

  command(command: ServerCommand, nowMs: number): void {
    if (command.type === "clock") {
      this.#outbound.setUtcOffset(command.utcOffsetMs);
      return;
    }
    const rule = this.#machine.step(command.type, nowMs);
    if ("refuse" in rule) {
      const found = `command ${command.type} in state ${this.state}`;
      throw localError(rule.refuse, found, "a command that the state takes");
    }
    if (rule.action !== "ignore") this.#obey(command, nowMs);
  }

  takeOutput(): Uint8Array[] {
    return this.#outbound.take();
  }

  nextEvent(): ServerEvent | undefined {
    return this.#events.shift();
  }

  nextTimeoutMs(): number | undefined {
    return this.#timers.nextMs();
  }

  onTimeout(nowMs: number): void {
    for (let name = this.#timers.takeExpired(nowMs); name !== undefined; name = this.#timers.takeExpired(nowMs)) {
      const rule = this.#machine.step(name, nowMs);
      if ("refuse" in rule || rule.action === "ignore") continue;
      if (name === "handshakeTimeout") this.#end("HANDSHAKE_REQUIRED", "no handshake in time", nowMs);
      else this.#end("IDLE_TIMEOUT", `nothing came in for ${IDLE_INTERVALS} heartbeat intervals`, nowMs);
    }
  }

  #startIdleTimer(nowMs: number): void {
    this.#timers.set("idleTimeout", nowMs + IDLE_INTERVALS * this.#settings.heartbeatIntervalMs);
  }

  #take(intake: Intake, nowMs: number): void {
    if (this.state === "closed") return;
    if (!intake.ok) {
      this.#takeBad(intake, nowMs);
      return;
    }
    const { envelope } = intake.decoded;
    try {
      if (envelope.type === "snapshot") this.#takeSnapshot(intake.frame, intake.decoded, nowMs);
      else this.#takeControl(envelope, decodeControl(intake.frame, intake.decoded), nowMs);
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      this.#answer(error, envelope, nowMs);
    }
  }

  /** A frame that is broken, or asks for what this side does not know (spec §1, §2). */
  #takeBad(intake: Intake & { readonly ok: false }, nowMs: number): void {
    this.#machine.step(intake.fatal ? "fatalFrame" : "badFrame", nowMs);
    this.#answer(intake.error, intake.envelope, nowMs);
    if (intake.fatal) this.#disconnect(intake.error.errorName as ErrorName, intake.error.message);
  }

  #takeControl(envelope: Envelope, message: ControlMessage, nowMs: number): void {
    const foreign = this.#isForeign(envelope);
    const version =
      message.type === "handshake" ? chooseVersion(this.#settings.versions, offeredRange(message.payload)) : undefined;
    const incompatible = message.type === "handshake" && version === undefined;
    const trigger = foreign ? "foreignAgent" : incompatible ? "handshakeIncompatible" : message.type;
    const rule = this.#machine.step(trigger, nowMs);
    if ("refuse" in rule) throw refusalOf(rule.refuse as ErrorName, `${message.type} from ${envelope.agentId}`);
    this.#noteExtensions(envelope, message);
    switch (message.type) {
      case "handshake":
        this.#offer(envelope, message.payload, version, nowMs);
        return;
      case "heartbeat":
        // spec §4: each is answered with a Heartbeat of zeros
        this.#outbound.send(ZEROS, nowMs);
        this.#events.push({ type: "heartbeat", payload: ownedPayload(message.payload) });
        return;
      default:
        if (message.type === "error") this.#events.push({ type: "protocolError", error: peerError(message.payload) });
    }
  }

  #takeSnapshot(frame: Uint8Array, decoded: DecodedEnvelope, nowMs: number): void {
    const rule = this.#machine.step(this.#isForeign(decoded.envelope) ? "foreignAgent" : "snapshot", nowMs);
    if ("refuse" in rule) throw refusalOf(rule.refuse as ErrorName, `snapshot from ${decoded.envelope.agentId}`);
    this.#noteExtensions(decoded.envelope);
    this.#receiver.take(frame, decoded, nowMs);
  }

  /** spec §7: AGENT_MISMATCH is an agent id other than the handshake's */
  #isForeign(envelope: Envelope): boolean {
    return this.#handshake !== undefined && envelope.agentId !== this.#handshake.agentId;
  }

  #offer(envelope: Envelope, payload: HandshakePayload, version: Version | undefined, nowMs: number): void {
    this.#outbound.identity.agentId = envelope.agentId;
    if (version === undefined) {
      const range = describeRange(this.#settings.versions);
      this.#end("VERSION_UNSUPPORTED", `this server speaks ${range}`, nowMs, envelope.messageId);
      return;
    }
    const { agentId, platform } = envelope;
    this.#handshake = { messageId: envelope.messageId.slice(), agentId, capabilities: payload.capabilities, version };
    this.#events.push({ type: "handshake", agentId, version, platform, payload: ownedPayload(payload) });
  }

  #obey(command: Exclude<ServerCommand, { type: "clock" }>, nowMs: number): void {
    switch (command.type) {
      case "accept":
        this.#welcome(command.known, command.throttleDelayMs, nowMs);
        return;
      case "stored":
        this.#receiver.acknowledgeStored(command.snapshotId, nowMs);
        return;
      case "refuse":
        this.#receiver.acknowledgeRefused(command.snapshotId, command.errorName, command.detail, nowMs);
        return;
      case "forget":
        if (this.#receiver.forget(command.snapshotId)) {
          const detail = "the store is not taking snapshots";
          this.command({ type: "close", errorName: "STORE_FAILED", detail }, nowMs);
        }
        return;
      case "throttle": {
        const { throttleDelayMs, reason } = command;
        this.#outbound.send({ type: "backpressure", payload: { throttleDelayMs, reason, extensions: [] } }, nowMs);
        return;
      }
      default:
        this.#end(command.errorName, command.detail, nowMs);
    }
  }

  #welcome(known: DedupeWindow, throttleDelayMs: number, nowMs: number): void {
    const { messageId, agentId, capabilities, version } = this.#handshake!;
    const compression = this.#settings.zstd && (capabilities & CAPABILITY_ZSTD) !== 0 ? 1 : 0;
    this.#outbound.identity.version = version;
    this.#receiver.open(agentId, known, compression === 1);
    this.#timers.clear("handshakeTimeout");
    this.#startIdleTimer(nowMs);
    const answer = { handshakeId: messageId, version, compression, throttleDelayMs } as const;
    const payload = handshakeAckPayload(this.#settings, answer);
    this.#outbound.send({ type: "handshakeAck", payload }, nowMs);
    for (const intake of this.#waiting.take()) this.#take(intake, nowMs);
  }

  #answer(error: SnapshotError, envelope: Envelope | undefined, nowMs: number): void {
    this.#events.push({ type: "protocolError", error });
    this.#sendError(error.errorName as ErrorName, error.message, envelope?.messageId ?? NO_ID, nowMs);
  }

  #sendError(name: ErrorName, detail: string, regardingId: Uint8Array, nowMs: number): void {
    const payload = { errorCode: ERROR_CODES[name], regardingId, detail, extensions: [] };
    this.#outbound.send({ type: "error", payload }, nowMs);
  }

  #end(name: ErrorName, detail: string, nowMs: number, regardingId: Uint8Array = NO_ID): void {
    this.#sendError(name, detail, regardingId, nowMs);
    this.#disconnect(name, detail);
  }

  #disconnect(errorName: ErrorName, reason: string): void {
    this.#timers.clearAll();
    this.#receiver.close();
    this.#waiting.take();
    this.#events.push({ type: "disconnect", errorName, reason });
  }

  #noteExtensions(envelope: Envelope, message?: ControlMessage): void {
    const extensions = copyExtensions([...envelope.extensions, ...(message?.payload.extensions ?? [])]);
    if (extensions.length > 0) this.#events.push({ type: "unknownExtensions", messageType: envelope.type, extensions });
  }
}
