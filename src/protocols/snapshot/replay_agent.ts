/** The agent's real session in a replay: it does what the capture shows its agent to have done. */
import { ProtocolError } from "../../core/protocol_error.ts";
import type { ReaderOptions } from "../definition.ts";
import type { ReplaySide } from "../inspection.ts";
import { ClientSession } from "./client_session.ts";
import { CLIENT_TABLE, type ClientState, type ClientTrigger } from "./client_states.ts";
import { checkEnvelope, decodeEnvelope } from "./decode.ts";
import { type ControlMessage, decodeControl } from "./decode_control.ts";
import { encodeControl, encodeFrame } from "./encode.ts";
import { idKey } from "./ids.ts";
import type { Envelope } from "./messages.ts";
import { ReplayTrace } from "./replay_trace.ts";
import { PLATFORM_LINUX } from "./wire.ts";

/** Ids of a capture that are kept: as many as an agent can have on its way, and the parts of the largest snapshots. */
const MAX_IDS = 65_536;

/** The session makes ids of its own, and an answer to a foreign one means nothing to it: what it is fed is told in its ids. */
export class ReplayAgent {
  readonly trace: ReplayTrace<ClientState, ClientTrigger> = new ReplayTrace("agent", CLIENT_TABLE);
  readonly session: ClientSession;
  /** Id in the capture → id of the session. */
  readonly #ids = new Map<string, Uint8Array>();

  constructor(agentId: string, { compressor }: ReaderOptions) {
    const options = {
      agentId,
      platform: PLATFORM_LINUX,
      agentVersion: "",
      hostName: "",
      osRelease: "",
      capabilities: 0,
      entropy: { fill: (into: Uint8Array): void => void into.fill(1) },
      utcOffsetMs: 0,
      ...(compressor === undefined ? {} : { compressor }),
    };
    this.session = new ClientSession(options, this.trace);
  }

  get side(): ReplaySide {
    const { state, timers, heldBytes } = this.session;
    return { side: "agent", state, timers, heldBytes };
  }

  /**
   * It connects, as its Handshake in the capture shows.
   *
   * @param handshakeId the capture's id of that Handshake
   */
  connect(handshakeId: Uint8Array | undefined, nowMs: number): Uint8Array[] {
    const { session } = this;
    if (session.state !== "offline") session.command({ type: "lost", reason: "it connects anew" }, nowMs);
    // It connects now, whenever it would have by its own schedule.
    session.onTimeout(Math.max(nowMs, session.nextTimeoutMs() ?? nowMs));
    session.command({ type: "opened" }, nowMs);
    const output = session.takeOutput();
    if (handshakeId !== undefined && output.length > 0) this.#note(handshakeId, decodeEnvelope(output[0]!).envelope);
    return output;
  }

  /**
   * It sends a snapshot that the capture holds whole.
   *
   * @param messageIds the capture's ids of its parts
   * @throws ProtocolError (local) when the state or the window forbids it
   */
  send(snapshotId: Uint8Array, content: Uint8Array, messageIds: readonly Uint8Array[], nowMs: number): Uint8Array[] {
    this.session.command({ type: "send", snapshotId, payload: content }, nowMs);
    const output = this.session.takeOutput();
    // Another cut into parts is no matter: an answer to any of them is an answer to the snapshot.
    messageIds.forEach((id, i) => {
      const own = output[Math.min(i, output.length - 1)];
      if (own !== undefined) this.#note(id, decodeEnvelope(own).envelope);
    });
    return output;
  }

  /** A frame from the server, its ids as this session knows them. */
  receive(frame: Uint8Array, nowMs: number): void {
    this.session.receive(this.#translate(frame), nowMs);
  }

  #note(captureId: Uint8Array, own: Envelope): void {
    const [oldest] = this.#ids.keys();
    if (this.#ids.size === MAX_IDS) this.#ids.delete(oldest!);
    this.#ids.set(idKey(captureId), own.messageId);
  }

  /** The frame itself where it names no id that this session would know, or can't be read. */
  #translate(frame: Uint8Array): Uint8Array {
    try {
      const decoded = decodeEnvelope(frame);
      checkEnvelope(decoded);
      if (decoded.envelope.type === "snapshot") return frame;
      const message = this.#withOwnIds(decodeControl(frame, decoded));
      return message === undefined ? frame : encodeFrame(decoded.envelope, encodeControl(message));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return frame;
    }
  }

  #withOwnIds(message: ControlMessage): ControlMessage | undefined {
    switch (message.type) {
      case "handshakeAck": {
        const handshakeId = this.#ids.get(idKey(message.payload.handshakeId));
        return handshakeId && { type: message.type, payload: { ...message.payload, handshakeId } };
      }
      case "ack": {
        const ackedId = this.#ids.get(idKey(message.payload.ackedId));
        return ackedId && { type: message.type, payload: { ...message.payload, ackedId } };
      }
      case "error": {
        const regardingId = this.#ids.get(idKey(message.payload.regardingId));
        return regardingId && { type: message.type, payload: { ...message.payload, regardingId } };
      }
      default:
        return undefined;
    }
  }
}
