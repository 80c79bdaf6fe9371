import type { FieldSink } from "../../core/mod.ts";
import { checkName, dataOf, errorReasonOf, isNamed, nameOf, ttlMsOf } from "./commands.ts";
import { decodeCurveCommand, decodeSealed } from "./curve_frames.ts";
import type { DecodedFrame, MessagePart } from "./decoded_frame.ts";
import { zmtpError } from "./errors.ts";
import type { FieldPlace } from "./field_place.ts";
import { MAX_CAPTURE_BODY_BYTES } from "./frame_cutter.ts";
import { readHead } from "./frame_head.ts";
import { decodeGreeting, kindOfStart } from "./greeting.ts";
import { unexpectedCommand } from "./handshake_errors.ts";
import { decodeMetadata } from "./metadata.ts";
import type { Metadata } from "./metadata_types.ts";
import { socketTypeOf } from "./peer_check.ts";
import { decodeHello } from "./plain_hello.ts";
import type { Message } from "./session_types.ts";
import { AS_SERVER_AT, FLAG_COMMAND, FLAG_MORE, GREETING_BYTES } from "./wire.ts";

/** Frames of one message that are put together: more than any socket sends, and few enough to hold. */
const MAX_PARTS = 65_536;
const TTL_BYTES = 2;
/** Of messages that are subscriptions (zmtp §1.9). */
const CANCELS = 0;
const SUBSCRIBES = 1;

type HandshakeCommand = "HELLO" | "WELCOME" | "INITIATE" | "READY";

/**
 * Decodes the frames of one direction of a stream in their order, without the other direction: what a frame means follows
 * from the greeting, the handshake and the frames of its message before it.
 *
 * A frame that comes to one that has seen no greeting is taken for traffic without a mechanism.
 */
export class Direction {
  readonly #keepsParts: boolean;
  /** The commands that may come next; nothing once this side is through, or where the mechanism isn't known. */
  #awaits: readonly HandshakeCommand[] = [];
  #isCurve = false;
  /** The peer subscribes: its messages may be subscriptions (zmtp §1.9). */
  #isSubscriber = false;
  #isGreeted = false;
  #parts: Message = [];
  #partIndex = 0;
  #messageBytes = 0;

  /** @param keepsParts whether the last part of a message comes with all of them */
  constructor(keepsParts: boolean) {
    this.#keepsParts = keepsParts;
  }

  /** One that goes on from here, apart from this one. */
  fork(): Direction {
    const fork = new Direction(this.#keepsParts);
    fork.#awaits = this.#awaits;
    fork.#isCurve = this.#isCurve;
    fork.#isSubscriber = this.#isSubscriber;
    fork.#isGreeted = this.#isGreeted;
    fork.#parts = [...this.#parts];
    fork.#partIndex = this.#partIndex;
    fork.#messageBytes = this.#messageBytes;
    return fork;
  }

  /**
   * @param frame whole; where parts are not kept, the body of a message is a view on it
   * @throws ProtocolError for a frame that a session would not take; the next one may be good
   */
  take(frame: Uint8Array, sink?: FieldSink): DecodedFrame {
    if (!this.#isGreeted && frame.length === GREETING_BYTES && kindOfStart(frame) === "v3") {
      return this.#takeGreeting(frame, sink);
    }
    this.#isGreeted = true;
    const { flags, headBytes, bodyBytes } = readHead(frame);
    sink?.field("flags", flags, 0, 1, "u8");
    sink?.field("bodyBytes", bodyBytes, 1, headBytes - 1, headBytes === 2 ? "u8" : "u64be");
    const body = frame.subarray(headBytes);
    const told = sink === undefined ? undefined : { sink, at: headBytes };
    if (this.#awaits.length > 0) return this.#takeHandshake(flags, body, told);
    if (this.#isCurve) return decodeSealed(body, told);
    if ((flags & FLAG_COMMAND) !== 0) {
      checkName(body);
      return takeCommand(body, told);
    }
    told?.sink.field("body", body.slice(), headBytes, body.length, "bytes");
    return this.#takeMessage(body, (flags & FLAG_MORE) !== 0);
  }

  #takeGreeting(frame: Uint8Array, sink: FieldSink | undefined): DecodedFrame {
    this.#isGreeted = true;
    const greeting = decodeGreeting(frame, sink);
    this.#isCurve = greeting.mechanism === "CURVE";
    if (greeting.mechanism === "NULL") this.#awaits = ["READY"];
    else if (this.#isCurve || greeting.mechanism === "PLAIN") this.#awaits = ["HELLO", "WELCOME"];
    return { type: "greeting", greeting, asServer: frame[AS_SERVER_AT]! };
  }

  #takeHandshake(flags: number, body: Uint8Array, told: FieldPlace | undefined): DecodedFrame {
    // zmtp §1.10, trap 4
    if ((flags & FLAG_COMMAND) === 0) throw zmtpError("early-message", "a message frame", "commands until READY");
    if (errorReasonOf(body) !== undefined) return takeCommand(body, told);
    const name = this.#awaits.find((one) => isNamed(body, one));
    if (name === undefined) throw unexpectedCommand(nameOf(body), this.#awaits.join(" or "));
    this.#awaits = name === "HELLO" ? ["INITIATE"] : name === "WELCOME" ? ["READY"] : [];
    tellName(body, told);
    if (this.#isCurve) return decodeCurveCommand(name, body, told);
    if (name === "HELLO") {
      const { username, password } = decodeHello(body, told);
      return { type: "hello", username, passwordBytes: password.length };
    }
    if (name === "WELCOME") {
      if (dataOf(body).length > 0) throw unexpectedCommand(`a WELCOME of ${body.length} octets`, "8");
      return { type: "welcome" };
    }
    const metadata = this.#takeMetadata(body, told);
    return { type: name === "READY" ? "ready" : "initiate", metadata };
  }

  #takeMetadata(body: Uint8Array, told: FieldPlace | undefined): Metadata {
    const data = dataOf(body);
    const where = told === undefined ? undefined : { sink: told.sink, at: told.at + body.length - data.length };
    const metadata = decodeMetadata(data, data.length, where);
    const type = socketTypeOf(metadata);
    this.#isSubscriber = type === "SUB" || type === "XSUB";
    return metadata;
  }

  #takeMessage(body: Uint8Array, isMore: boolean): DecodedFrame {
    const [first] = body;
    if (this.#isSubscriber && this.#partIndex === 0 && !isMore && (first === SUBSCRIBES || first === CANCELS)) {
      return { type: first === SUBSCRIBES ? "subscribe" : "cancel", form: "message", topic: body.slice(1) };
    }
    const partIndex = this.#partIndex++;
    this.#messageBytes += body.length;
    const messageBytes = this.#messageBytes;
    const isHeld = this.#keepsParts && partIndex < MAX_PARTS && messageBytes <= MAX_CAPTURE_BODY_BYTES;
    const part = {
      type: "message",
      partIndex,
      isMore,
      body: this.#keepsParts ? body.slice() : body,
      messageBytes,
    } as const;
    if (isHeld) this.#parts.push(part.body);
    else this.#parts = [];
    const message = isMore || this.#parts.length === 0 ? undefined : this.#parts;
    if (!isMore) {
      this.#parts = [];
      this.#partIndex = 0;
      this.#messageBytes = 0;
    }
    return checked({ ...part, message });
  }
}

/** @throws ProtocolError `zmtp/too-many-frames`, `zmtp/message-too-large` for each part beyond the limit */
function checked(part: MessagePart): MessagePart {
  if (part.partIndex >= MAX_PARTS) {
    throw zmtpError("too-many-frames", `part ${part.partIndex + 1} of one message`, `at most ${MAX_PARTS}`);
  }
  if (part.messageBytes > MAX_CAPTURE_BODY_BYTES) {
    const found = `a message of ${part.messageBytes} octets or more`;
    throw zmtpError("message-too-large", found, `at most ${MAX_CAPTURE_BODY_BYTES}`);
  }
  return part;
}

/** A command that is no step of a handshake. */
function takeCommand(body: Uint8Array, told: FieldPlace | undefined): DecodedFrame {
  const reason = errorReasonOf(body);
  if (reason !== undefined) {
    const isShort = !isNamed(body, "ERROR");
    const nameBytes = isShort ? 5 : 6;
    told?.sink.field("name", isShort ? "^RROR" : "ERROR", told.at, nameBytes, "text");
    told?.sink.field("reason", reason, told.at + nameBytes, body.length - nameBytes, "text");
    return { type: "error", reason };
  }
  const data = dataOf(body).slice();
  const dataAt = (told?.at ?? 0) + body.length - data.length;
  tellName(body, told);
  if (isNamed(body, "PING")) {
    const ttlMs = ttlMsOf(body);
    told?.sink.field("ttl", ttlMs / 100, dataAt, TTL_BYTES, "u16be");
    const context = data.subarray(TTL_BYTES);
    told?.sink.field("context", context, dataAt + TTL_BYTES, context.length, "bytes");
    return { type: "ping", ttlMs, context };
  }
  for (const [name, type] of [
    ["SUBSCRIBE", "subscribe"],
    ["CANCEL", "cancel"],
  ] as const) {
    if (!isNamed(body, name)) continue;
    told?.sink.field("topic", data, dataAt, data.length, "bytes");
    return { type, form: "command", topic: data };
  }
  const isPong = isNamed(body, "PONG");
  told?.sink.field(isPong ? "context" : "data", data, dataAt, data.length, "bytes");
  return isPong ? { type: "pong", context: data } : { type: "command", name: nameOf(body), data };
}

function tellName(body: Uint8Array, told: FieldPlace | undefined): void {
  const nameBytes = body.length - dataOf(body).length;
  told?.sink.field("name", nameOf(body), told.at, nameBytes, "text");
}
