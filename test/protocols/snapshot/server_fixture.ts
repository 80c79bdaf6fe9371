/** A server's session with a test as its peer and its host. */
import {
  type ServerEvent,
  ServerSession,
  type ServerSessionOptions,
  type ServerState,
  type ServerTrigger,
} from "../../../src/protocols/snapshot/mod.ts";
import { DedupeWindow, SessionTrace } from "../../../src/sansio/mod.ts";
import { SERVER_OPTIONS } from "./endpoint_pair.ts";
import { answersOf, controlFrame, handshakeMessage, messagesOf, type WireMessage } from "./messages_of.ts";

export class ServerFixture {
  readonly session: ServerSession;
  readonly trace: SessionTrace<ServerState, ServerTrigger> = new SessionTrace(64);
  readonly events: ServerEvent[] = [];
  readonly known: DedupeWindow = new DedupeWindow(1_024);
  nowMs = 0;

  constructor(options: Partial<ServerSessionOptions> = {}) {
    this.session = new ServerSession({ ...SERVER_OPTIONS, ...options }, 0, this.trace);
  }

  /** A session that has let an agent in; its HandshakeAck is gone. */
  static established(options: Partial<ServerSessionOptions> = {}, capabilities = 0): ServerFixture {
    const fixture = new ServerFixture(options);
    fixture.receive(controlFrame(handshakeMessage({ capabilities }), 0xaa));
    fixture.accept();
    fixture.messages();
    fixture.events.length = 0;
    return fixture;
  }

  accept(throttleDelayMs = 0): void {
    this.session.command({ type: "accept", known: this.known, throttleDelayMs }, this.nowMs);
    this.drain();
  }

  /** Feeds a chunk from a buffer that is used again at once, as a host's may be. */
  receive(...chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) {
      const buffer = chunk.slice();
      this.session.receive(buffer, this.nowMs);
      buffer.fill(0xee);
    }
    this.drain();
  }

  /** Lets time pass, with a call at each deadline. */
  wait(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let at = this.session.nextTimeoutMs(); at !== undefined && at <= untilMs; at = this.session.nextTimeoutMs()) {
      this.nowMs = at;
      this.session.onTimeout(at);
    }
    this.nowMs = untilMs;
    this.drain();
  }

  messages(): WireMessage[] {
    return messagesOf(this.session.takeOutput());
  }

  answers(): string[] {
    return answersOf(this.session.takeOutput());
  }

  /** Takes all events of a kind. */
  take<T extends ServerEvent["type"]>(type: T): Extract<ServerEvent, { type: T }>[] {
    const found = this.events.filter((event) => event.type === type);
    for (const event of found) this.events.splice(this.events.indexOf(event), 1);
    return found as Extract<ServerEvent, { type: T }>[];
  }

  drain(): void {
    for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
      this.events.push(event);
    }
  }
}
