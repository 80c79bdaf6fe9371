/** An agent's session with a test as its peer and its host. */
import {
  type ClientCommand,
  type ClientEvent,
  ClientSession,
  type ClientSessionOptions,
  type ClientState,
  type ClientTrigger,
  encodeSnapshot,
} from "../../../src/protocols/snapshot/mod.ts";
import { SessionTrace } from "../../../src/sansio/mod.ts";
import { CLIENT_OPTIONS } from "./endpoint_pair.ts";
import { controlFrame, handshakeAckMessage, messagesOf, snapshotOf, type WireMessage } from "./messages_of.ts";

export class ClientFixture {
  readonly session: ClientSession;
  readonly trace: SessionTrace<ClientState, ClientTrigger> = new SessionTrace(64);
  readonly events: ClientEvent[] = [];
  nowMs = 0;

  constructor(options: Partial<ClientSessionOptions> = {}) {
    this.session = new ClientSession({ ...CLIENT_OPTIONS, ...options }, this.trace);
  }

  static established(
    options: Partial<ClientSessionOptions> = {},
    ack: Parameters<typeof handshakeAckMessage>[1] = {},
  ): ClientFixture {
    const fixture = new ClientFixture(options);
    fixture.connect(ack);
    fixture.events.length = 0;
    return fixture;
  }

  /** From offline to established, however long the schedule says that it takes. */
  connect(ack: Parameters<typeof handshakeAckMessage>[1] = {}): void {
    this.handshakeAck(this.open(), ack);
  }

  /** From offline to handshaking; gives the id of the Handshake. */
  open(): Uint8Array {
    this.nowMs = Math.max(this.nowMs, this.session.nextTimeoutMs() ?? 0);
    this.session.onTimeout(this.nowMs);
    this.command({ type: "opened" });
    return this.messages()[0]!.envelope.messageId.slice();
  }

  handshakeAck(handshakeId: Uint8Array, ack: Parameters<typeof handshakeAckMessage>[1] = {}): void {
    this.receive(controlFrame(handshakeAckMessage(handshakeId, ack), 0xbb));
  }

  command(command: ClientCommand): void {
    this.session.command(command, this.nowMs);
    this.drain();
  }

  /** Sends a snapshot of so many processes. */
  send(snapshotId: Uint8Array, processes = 1): void {
    this.command({ type: "send", snapshotId, payload: encodeSnapshot(snapshotOf(snapshotId, processes)) });
  }

  receive(...chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      const buffer = chunk.slice();
      this.session.receive(buffer, this.nowMs);
      buffer.fill(0xee);
    }
    this.drain();
  }

  ack(ackedId: Uint8Array, status: 0 | 1 | 2, errorCode = 0, detail = ""): void {
    this.receive(controlFrame({ type: "ack", payload: { ackedId, status, errorCode, detail, extensions: [] } }, 0xcc));
  }

  /** Lets time pass, with a call at each deadline. */
  wait(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let at = this.session.nextTimeoutMs(); at !== undefined && at <= untilMs; at = this.session.nextTimeoutMs()) {
      this.nowMs = Math.max(this.nowMs, at);
      this.session.onTimeout(this.nowMs);
    }
    this.nowMs = untilMs;
    this.drain();
  }

  messages(): WireMessage[] {
    return messagesOf(this.session.takeOutput());
  }

  take<T extends ClientEvent["type"]>(type: T): Extract<ClientEvent, { type: T }>[] {
    const found = this.events.filter((event) => event.type === type);
    for (const event of found) this.events.splice(this.events.indexOf(event), 1);
    return found as Extract<ClientEvent, { type: T }>[];
  }

  drain(): void {
    for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
      this.events.push(event);
    }
  }
}
