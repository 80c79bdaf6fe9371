import type { TimerTable } from "../../sansio/mod.ts";
import { checkName, dataOf, encodeCommand, encodePing, encodePong, isNamed, ttlMsOf } from "./commands.ts";
import { zmtpError } from "./errors.ts";
import type { FrameWriter } from "./frame_writer.ts";
import type { FrameBox } from "./mechanism.ts";
import { MessageIntake } from "./message_intake.ts";
import type { ZmtpSessionOptions } from "./session_types.ts";
import { BOX_COMMAND, BOX_MORE, BOX_OVERHEAD_BYTES, FLAG_COMMAND, FLAG_MORE } from "./wire.ts";

/** Timers of a session; `peerTtl` is what the peer's PING asked for. */
export const TIMERS = ["handshakeTimeout", "beat", "silence", "peerTtl"] as const;
export type ZmtpTimer = (typeof TIMERS)[number];

const TOPIC_ADDED: Uint8Array = Uint8Array.of(1);
const TOPIC_REMOVED: Uint8Array = Uint8Array.of(0);

/** What goes both ways once the handshake is done: messages, subscriptions, heartbeats; sealed where there is a box. */
export class Traffic {
  readonly intake: MessageIntake;
  readonly #options: ZmtpSessionOptions;
  readonly #writer: FrameWriter;
  readonly #timers: TimerTable<ZmtpTimer>;
  readonly #hearsTopics: boolean;
  #box: FrameBox | undefined;
  #minor = 0;

  constructor(options: ZmtpSessionOptions, writer: FrameWriter, timers: TimerTable<ZmtpTimer>) {
    this.#options = options;
    this.#writer = writer;
    this.#timers = timers;
    this.intake = new MessageIntake(options.limits);
    this.#hearsTopics = options.socketType === "PUB" || options.socketType === "XPUB";
  }

  get isSealed(): boolean {
    return this.#box !== undefined;
  }

  /** The most that a frame's body may have now. */
  get maxBodyBytes(): number {
    return this.#options.limits.maxFrameBytes + (this.#box === undefined ? 0 : BOX_OVERHEAD_BYTES);
  }

  /** @param minor of the peer's version: 3.0 and older have no commands for subscriptions (zmtp §1.9) */
  open(box: FrameBox | undefined, minor: number, hasCommands: boolean, nowMs: number): void {
    this.#box = box;
    this.#minor = minor;
    const { heartbeat } = this.#options;
    if (heartbeat !== undefined && heartbeat.intervalMs > 0 && hasCommands) {
      this.#timers.set("beat", nowMs + heartbeat.intervalMs);
    }
  }

  /** @throws ProtocolError for a frame that breaks a rule or a limit */
  take(flags: number, body: Uint8Array, nowMs: number): void {
    if (this.#box === undefined) {
      if ((flags & FLAG_COMMAND) === 0) this.intake.frame(body, (flags & FLAG_MORE) !== 0);
      else this.#obey(body, nowMs);
      return;
    }
    // zmtp §1.8: outer flags say nothing; §1.10, trap 1: COMMAND or not, both are taken
    const inner = this.#box.open(body);
    if ((inner.flags & BOX_COMMAND) === 0) this.intake.frame(inner.body, (inner.flags & BOX_MORE) !== 0);
    else this.#obey(inner.body, nowMs);
  }

  /**
   * A frame is coming in that is not whole yet. What is sealed can't be told apart: it is bounded by the limit of a frame.
   *
   * @throws ProtocolError for one that `take` would refuse for its size
   */
  expect(flags: number, declaredBytes: number): void {
    if (this.#box !== undefined) return;
    if ((flags & FLAG_COMMAND) === 0) this.intake.expect(declaredBytes);
    else this.#checkCommandBytes(declaredBytes);
  }

  send(message: readonly Uint8Array[]): void {
    const last = message.length - 1;
    if (this.#box === undefined) {
      for (let i = 0; i <= last; i++) this.#writer.frame(message[i]!, i < last);
      return;
    }
    // zmtp §1.8: the outer frame has neither MORE nor COMMAND
    for (let i = 0; i <= last; i++) {
      this.#writer.frame(this.#box.seal(i < last ? BOX_MORE : 0, message[i]!), false);
    }
  }

  /** A subscription in the form that the peer's version has (zmtp §1.9). */
  tell(isAdded: boolean, topic: Uint8Array): void {
    if (this.#minor >= 1) {
      this.#command(encodeCommand(isAdded ? "SUBSCRIBE" : "CANCEL", topic));
      return;
    }
    this.send([topicMessage(isAdded, topic)]);
  }

  /** zmtp §1.13: every interval, traffic or not; and then the peer has so long for a sign of life */
  ping(nowMs: number): void {
    const { intervalMs, timeoutMs, ttlMs } = this.#options.heartbeat!;
    this.#command(encodePing(ttlMs));
    this.#timers.set("beat", nowMs + intervalMs);
    if (this.#timers.at("silence") === undefined) this.#timers.set("silence", nowMs + timeoutMs);
  }

  #obey(command: Uint8Array, nowMs: number): void {
    this.#checkCommandBytes(command.length);
    checkName(command);
    // zmtp §1.10, trap 7: answered whatever the peer's version
    if (isNamed(command, "PING")) {
      const ttlMs = ttlMsOf(command);
      this.#command(encodePong(command));
      if (ttlMs > 0 && this.#timers.at("peerTtl") === undefined) this.#timers.set("peerTtl", nowMs + ttlMs);
      return;
    }
    // Subscriptions become messages, in order with those that a peer of 3.0 sends (zmtp §1.9); unknown commands are ignored.
    if (!this.#hearsTopics) return;
    if (isNamed(command, "SUBSCRIBE")) this.intake.whole([topicMessage(true, dataOf(command))]);
    else if (isNamed(command, "CANCEL")) this.intake.whole([topicMessage(false, dataOf(command))]);
  }

  #checkCommandBytes(bytes: number): void {
    const { maxCommandBytes } = this.#options.limits;
    if (bytes <= maxCommandBytes) return;
    throw zmtpError("command-too-large", `a command of ${bytes} octets`, `at most ${maxCommandBytes}`);
  }

  #command(body: Uint8Array): void {
    if (this.#box === undefined) this.#writer.command(body);
    else this.#writer.frame(this.#box.seal(BOX_COMMAND, body), false);
  }
}

function topicMessage(isAdded: boolean, topic: Uint8Array): Uint8Array {
  const message = new Uint8Array(1 + topic.length);
  message.set(isAdded ? TOPIC_ADDED : TOPIC_REMOVED);
  message.set(topic, 1);
  return message;
}
