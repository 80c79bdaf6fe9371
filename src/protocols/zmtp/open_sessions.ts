import type { OpenSession } from "../definition.ts";
import { Direction } from "./direction.ts";
import { MAX_CAPTURE_BODY_BYTES, ZmtpFrameCutter } from "./frame_cutter.ts";
import { socketTypeOf } from "./peer_check.ts";
import { ZmtpSession } from "./session.ts";
import type { SecurityOptions, ZmtpSessionOptions } from "./session_types.ts";
import { COMPATIBLE_TYPES, type SocketType } from "./socket_type.ts";

/** What a session must be to take a direction: who sent it, and by which mechanism. */
interface Sender {
  socketType: SocketType;
  mechanism: string;
  isClient: boolean;
}

/** Frames that are looked at to learn who the sender is: a greeting and two commands. */
const OPENING_FRAMES = 3;

/**
 * The session that a direction of a capture was sent to, at its start. It lets everyone in. Of CURVE it has no key, and so
 * refuses the greeting.
 */
export function openSessions(capture: Uint8Array): readonly OpenSession[] {
  const { socketType, mechanism, isClient } = senderOf(capture);
  const none = new Uint8Array(0);
  const plain: SecurityOptions = isClient
    ? { mechanism: "PLAIN", role: "server" }
    : { mechanism: "PLAIN", role: "client", username: none, password: none };
  const options: ZmtpSessionOptions = {
    socketType: COMPATIBLE_TYPES[socketType][0]!,
    identity: none,
    wire: "stream",
    security: mechanism === "PLAIN" ? plain : { mechanism: "NULL" },
    asksWho: false,
    limits: {
      maxFrameBytes: MAX_CAPTURE_BODY_BYTES,
      maxMessageBytes: MAX_CAPTURE_BODY_BYTES,
      maxMessageFrames: 1_024,
      maxCommandBytes: 65_536,
      maxMetadataBytes: 65_536,
    },
    handshakeTimeoutMs: 0,
    // Neither NULL nor PLAIN draws any.
    entropy: { fill: () => {} },
  };
  return [new Receiver(new ZmtpSession(options, 0))];
}

/** A session whose messages are events, behind those of the handshake and before the last. */
class Receiver implements OpenSession {
  readonly side = "receiver";
  readonly #session: ZmtpSession;
  readonly #events: object[] = [];

  constructor(session: ZmtpSession) {
    this.#session = session;
  }

  get heldBytes(): number {
    return this.#session.heldBytes;
  }

  receive(chunk: Uint8Array, nowMs: number): void {
    const session = this.#session;
    session.receive(chunk, nowMs);
    let failed: object | undefined;
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      if (event.type === "failed") failed = event;
      else this.#events.push(event);
    }
    for (const parts of session.takeMessages(Number.POSITIVE_INFINITY)) this.#events.push({ type: "message", parts });
    if (failed !== undefined) this.#events.push(failed);
  }

  takeOutput(): Uint8Array[] {
    return this.#session.takeOutput();
  }

  nextEvent(): object | undefined {
    return this.#events.shift();
  }
}

/** As far as its opening says; a PUSH without a mechanism where it says nothing. */
function senderOf(capture: Uint8Array): Sender {
  const sender: Sender = { socketType: "PUSH", mechanism: "NULL", isClient: false };
  const cutter = new ZmtpFrameCutter();
  const direction = new Direction(false);
  let rest = capture;
  try {
    for (let i = 0; i < OPENING_FRAMES; i++) {
      const probe = rest.length === 0 ? undefined : cutter.probe(rest);
      if (probe?.status !== "ok") break;
      const decoded = direction.take(rest.subarray(0, probe.frameBytes));
      cutter.accept();
      rest = rest.subarray(probe.frameBytes);
      if (decoded.type === "greeting") sender.mechanism = decoded.greeting.mechanism;
      if (decoded.type === "hello") sender.isClient = true;
      if ("metadata" in decoded) sender.socketType = socketTypeOf(decoded.metadata) ?? sender.socketType;
    }
  } catch {
    // A direction that is broken from its start: what the session says of it is what is wanted.
  }
  return sender;
}
