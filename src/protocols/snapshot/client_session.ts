/** An agent's side of the protocol, over as many connections as it takes (spec §6). */
import { ProtocolError } from "../../core/protocol_error.ts";
import {
  retryDelayMs,
  type Session,
  type SessionTrace,
  StateMachine,
  type Timer,
  TimerTable,
} from "../../sansio/mod.ts";
import { checkClientOptions } from "./client_options.ts";
import { CLIENT_TABLE, type ClientAction, type ClientState, type ClientTrigger } from "./client_states.ts";
import { type ControlMessage, decodeControl } from "./decode_control.ts";
import { type ErrorName, errorName, localError, SnapshotError } from "./errors.ts";
import { copyExtensions } from "./extensions.ts";
import { chosenVersion, handshakePayload, heartbeatIntervalOf, problemOfTerms } from "./handshake_terms.ts";
import { IdSource, idKey } from "./ids.ts";
import { type Intake, MessageIntake } from "./message_intake.ts";
import type { Envelope, HandshakeAckPayload, VersionRange } from "./messages.ts";
import { Outbound } from "./outbound.ts";
import type { ClientCommand, ClientEvent, ClientSessionOptions } from "./session_types.ts";
import { SnapshotSender } from "./snapshot_sender.ts";
import { DEFAULT_VERSIONS } from "./version.ts";
import { IDLE_INTERVALS, MAX_CONSECUTIVE_BAD_FRAMES, RETRY } from "./wire.ts";

/** A server that does not answer a handshake for so long is left for another try. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * An agent's session. It asks for a transport with `connect`, is told `opened` or `lost`, and from then on keeps every
 * snapshot that it took until the server stored or refused it, across reconnects.
 *
 * @example
 * ```ts
 * import { ClientSession } from "tidewire/snapshot";
 * const session = new ClientSession({
 *   agentId: "db-1", platform: 2, agentVersion: "1.0.0", hostName: "db-1", osRelease: "Linux 6.1", capabilities: 0,
 *   entropy: { fill: (into) => crypto.getRandomValues(into) }, utcOffsetMs: Date.now(),
 * });
 * session.onTimeout(0);
 * session.nextEvent(); // { type: "connect", attempt: 0 }
 * session.command({ type: "opened" }, 0);
 * session.takeOutput(); // [the Handshake]
 * ```
 */
export class ClientSession implements Session<ClientCommand, ClientEvent> {
  readonly #options: ClientSessionOptions;
  readonly #versions: VersionRange;
  readonly #machine: StateMachine<ClientState, ClientTrigger, ClientAction>;
  readonly #timers = new TimerTable(["reconnectDue", "handshakeTimeout", "serverSilent", "heartbeatDue"] as const);
  readonly #outbound: Outbound;
  readonly #sender: SnapshotSender;
  readonly #events: ClientEvent[] = [];
  #intake: MessageIntake = new MessageIntake(MAX_CONSECUTIVE_BAD_FRAMES);
  #handshakeId: Uint8Array = new Uint8Array(0);
  /** Connections since one that worked. */
  #attempt = 0;
  #heartbeatIntervalMs = 0;
  #throttleDelayMs = 0;
  #report = { queuedSnapshots: 0, droppedSnapshots: 0 };

  /** @throws ProtocolError `snapshot/option-out-of-range` (local) when a text does not fit a Handshake */
  constructor(options: ClientSessionOptions, trace?: SessionTrace<ClientState, ClientTrigger>) {
    checkClientOptions(options);
    this.#options = options;
    this.#versions = options.versions ?? DEFAULT_VERSIONS;
    this.#machine = new StateMachine(CLIENT_TABLE, "offline", trace);
    const { agentId, platform, entropy, utcOffsetMs } = options;
    const identity = { version: this.#versions.max, agentId, platform };
    this.#outbound = new Outbound(identity, new IdSource(entropy), utcOffsetMs);
    this.#sender = new SnapshotSender(this.#outbound, this.#events);
    // The first connection is due at once, whatever the clock says.
    this.#timers.set("reconnectDue", Number.NEGATIVE_INFINITY);
  }

  get state(): ClientState {
    return this.#machine.state;
  }

  /** How many snapshots `send` takes now: 0 unless established. */
  get capacity(): number {
    return this.state === "established" ? this.#sender.capacity : 0;
  }

  /** Bytes that this session holds for its peer: an unfinished frame. */
  get heldBytes(): number {
    return this.#intake.heldBytes;
  }

  /** What it waits for and until when, for those who look. */
  get timers(): readonly Timer[] {
    const { nextDueMs } = this.#sender;
    return [...this.#timers.entries(), ...(nextDueMs === undefined ? [] : [{ name: "ackDue", atMs: nextDueMs }])];
  }

  receive(chunk: Uint8Array, nowMs: number): void {
    if (this.state !== "handshaking" && this.state !== "established") return;
    this.#intake.push(chunk);
    let isHeard = false;
    for (let intake = this.#intake.next(); intake !== undefined; intake = this.#intake.next()) {
      isHeard ||= intake.ok;
      this.#take(intake, nowMs);
    }
    // Whole frames are the sign of life, not bytes: behind a damaged length field up to 16 MiB are skipped (spec §1), which
    // at the pace of acknowledgements is days. A server's frames are small, so that a slow link is no reason to leave.
    if (isHeard && this.state === "established") this.#watchForSilence(nowMs);
  }

  command(command: ClientCommand, nowMs: number): void {
    if (command.type === "clock") {
      this.#outbound.setUtcOffset(command.utcOffsetMs);
      return;
    }
    if (command.type === "report") {
      const { queuedSnapshots, droppedSnapshots } = command;
      this.#report = { queuedSnapshots, droppedSnapshots };
      return;
    }
    if (command.type === "send" && this.state === "established") {
      if (this.#sender.has(command.snapshotId)) {
        throw localError("snapshot/already-sent", "a snapshot that is on its way", "another snapshotId");
      }
      if (this.capacity === 0) throw localError("snapshot/window-full", "one more snapshot", "capacity above 0");
    }
    const rule = this.#machine.step(command.type, nowMs);
    if ("refuse" in rule)
      throw localError(rule.refuse, `command ${command.type}`, `another one in state ${this.state}`);
    if (rule.action !== "ignore") this.#obey(command, nowMs);
  }

  takeOutput(): Uint8Array[] {
    return this.#outbound.take();
  }

  nextEvent(): ClientEvent | undefined {
    return this.#events.shift();
  }

  nextTimeoutMs(): number | undefined {
    const [timer, due] = [this.#timers.nextMs(), this.#sender.nextDueMs];
    return timer === undefined || due === undefined ? (timer ?? due) : Math.min(timer, due);
  }

  onTimeout(nowMs: number): void {
    const isBlocked = this.#outbound.isPending;
    if ((this.#sender.nextDueMs ?? Number.POSITIVE_INFINITY) <= nowMs) {
      const rule = this.#machine.step("ackDue", nowMs);
      if ("to" in rule && rule.action === "resend") this.#sender.resendDue(nowMs, isBlocked);
    }
    for (let name = this.#timers.takeExpired(nowMs); name !== undefined; name = this.#timers.takeExpired(nowMs)) {
      const rule = this.#machine.step(name, nowMs);
      if ("to" in rule) this.#onTimer(rule.action, nowMs);
    }
  }

  #onTimer(action: ClientAction, nowMs: number): void {
    if (action === "connect") this.#events.push({ type: "connect", attempt: this.#attempt });
    else if (action === "beat") this.#beat(nowMs);
    else if (action === "leave") this.#leave("the server did not answer in time");
  }

  #obey(command: Exclude<ClientCommand, { type: "clock" | "report" }>, nowMs: number): void {
    switch (command.type) {
      case "opened":
        this.#greet(nowMs);
        return;
      case "lost":
        this.#scheduleReconnect(nowMs);
        return;
      case "send":
        this.#sender.send(command.snapshotId, command.payload, nowMs);
        return;
      case "forget":
        this.#sender.forget(command.snapshotId, nowMs);
        return;
      default:
        this.#leave("closed");
    }
  }

  #greet(nowMs: number): void {
    this.#intake = new MessageIntake(MAX_CONSECUTIVE_BAD_FRAMES);
    this.#timers.set("handshakeTimeout", nowMs + HANDSHAKE_TIMEOUT_MS);
    // spec §2: before HandshakeAck the version that it wants most
    this.#outbound.identity.version = this.#versions.max;
    const payload = handshakePayload(this.#options, this.#versions);
    this.#handshakeId = this.#outbound.send({ type: "handshake", payload }, nowMs);
  }

  #scheduleReconnect(nowMs: number): void {
    this.#timers.clearAll();
    this.#sender.lose();
    this.#outbound.clear();
    // spec §6.4: the same doubling rules reconnects
    this.#timers.set("reconnectDue", nowMs + retryDelayMs(RETRY, this.#attempt));
    this.#attempt++;
  }

  #take(intake: Intake, nowMs: number): void {
    if (!intake.ok) {
      const rule = this.#machine.step(intake.fatal ? "fatalFrame" : "badFrame", nowMs);
      if ("refuse" in rule || rule.action === "ignore") return;
      this.#events.push({ type: "protocolError", error: intake.error });
      if (rule.action === "leave") this.#leave(intake.error.message);
      return;
    }
    const { envelope } = intake.decoded;
    try {
      if (envelope.type === "snapshot") this.#step("snapshot", nowMs);
      else this.#takeControl(envelope, decodeControl(intake.frame, intake.decoded), nowMs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#events.push({ type: "protocolError", error });
    }
  }

  #takeControl(envelope: Envelope, message: ControlMessage, nowMs: number): void {
    const problem = message.type === "handshakeAck" ? this.#problemOf(message.payload) : undefined;
    const action = this.#step(problem === undefined ? message.type : "handshakeUnusable", nowMs);
    if (action === "ignore") return;
    this.#noteExtensions(envelope, message);
    switch (message.type) {
      case "handshakeAck":
        if (problem === undefined) this.#establish(message.payload, nowMs);
        else this.#leave(problem);
        return;
      case "heartbeat":
        this.#attempt = 0;
        return;
      case "ack":
        this.#attempt = 0;
        this.#sender.takeAck(message.payload, nowMs);
        return;
      case "backpressure":
        this.#throttle(message.payload.throttleDelayMs, message.payload.reason);
        return;
      case "error": {
        const { errorCode, regardingId, detail } = message.payload;
        const name = errorName(errorCode);
        this.#events.push({ type: "serverError", errorName: name, detail });
        this.#sender.takeError(regardingId, name, detail, nowMs);
      }
    }
  }

  /** Takes the way of the table, or throws what it refuses with. */
  #step(trigger: ClientTrigger, nowMs: number): ClientAction {
    const rule = this.#machine.step(trigger, nowMs);
    if ("to" in rule) return rule.action;
    throw new SnapshotError(rule.refuse as ErrorName, trigger, `something else in state ${this.state}`);
  }

  /** What makes a HandshakeAck unusable, if anything does. */
  #problemOf(ack: HandshakeAckPayload): string | undefined {
    if (idKey(ack.handshakeId) !== idKey(this.#handshakeId)) return "HandshakeAck answers another handshake";
    return problemOfTerms(ack, this.#versions, this.#options.compressor !== undefined);
  }

  #establish(ack: HandshakeAckPayload, nowMs: number): void {
    const version = chosenVersion(ack);
    const compressor = ack.compression === 1 ? this.#options.compressor : undefined;
    this.#outbound.identity.version = version;
    this.#heartbeatIntervalMs = heartbeatIntervalOf(ack);
    this.#timers.clear("handshakeTimeout");
    this.#timers.set("heartbeatDue", nowMs + this.#heartbeatIntervalMs);
    this.#watchForSilence(nowMs);
    const { maxUnstoredSnapshots, targetSnapshotBytes, maxFrameBytes } = ack;
    const heartbeatIntervalMs = this.#heartbeatIntervalMs;
    const compression = compressor === undefined ? "none" : "zstd";
    this.#events.push({ type: "established", version, compression, heartbeatIntervalMs, maxUnstoredSnapshots });
    this.#throttle(ack.throttleDelayMs, "in force at the handshake");
    this.#sender.establish({ version, compressor, targetSnapshotBytes, maxFrameBytes }, maxUnstoredSnapshots, nowMs);
  }

  #watchForSilence(nowMs: number): void {
    this.#timers.set("serverSilent", nowMs + IDLE_INTERVALS * this.#heartbeatIntervalMs);
  }

  #throttle(throttleDelayMs: number, reason: string): void {
    if (throttleDelayMs === this.#throttleDelayMs) return;
    this.#throttleDelayMs = throttleDelayMs;
    this.#events.push({ type: "throttle", throttleDelayMs, reason });
  }

  #beat(nowMs: number): void {
    this.#timers.set("heartbeatDue", nowMs + this.#heartbeatIntervalMs);
    this.#outbound.send({ type: "heartbeat", payload: { ...this.#report, extensions: [] } }, nowMs);
  }

  #leave(reason: string): void {
    this.#timers.clearAll();
    this.#sender.lose();
    this.#events.push({ type: "disconnect", reason });
  }

  #noteExtensions(envelope: Envelope, message: ControlMessage): void {
    const extensions = copyExtensions([...envelope.extensions, ...message.payload.extensions]);
    if (extensions.length > 0) this.#events.push({ type: "unknownExtensions", messageType: message.type, extensions });
  }
}
