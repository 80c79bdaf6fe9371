import type { ProtocolError } from "../core/protocol_error.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { HostLinkInfo } from "../ports/socket_host.ts";
import type { AuthenticateDecision } from "../protocols/zmtp/mechanism.ts";
import type { Message, Wire } from "../protocols/zmtp/session_types.ts";
import { Connections } from "./connections.ts";
import type { Context } from "./context.ts";
import { parseEndpoint } from "./endpoint.ts";
import type { EngineAction } from "./engine_actions.ts";
import { EngineOutput } from "./engine_output.ts";
import type { EngineSettings } from "./engine_settings.ts";
import { InprocPorts } from "./inproc_ports.ts";
import { Listeners } from "./listeners.ts";
import type { Pattern, PatternServices } from "./patterns/pattern.ts";
import type { Pipe } from "./pipe.ts";
import { socketError } from "./socket_error.ts";
import type { TrafficSession } from "./traffic_session.ts";

/** What an engine is made of. */
export interface EngineOptions {
  readonly settings: EngineSettings;
  readonly entropy: Entropy;
  /** The socket's type, made with what the engine does for it. */
  readonly createPattern: (services: PatternServices) => Pattern;
  readonly openSession: (wire: Wire, nowMs: number) => TrafficSession;
  /** Where `inproc` names are. */
  readonly context: Context;
  /** Another socket of the context has given something: call `nextAction` and the like soon. */
  readonly wake: () => void;
}

/**
 * One socket without IO: what happened goes in, what is to be done comes out. Calls come from one driver; after each of them it
 * takes the actions (`nextAction`), the output of links (`takeTouched`, `takeOutput` of each) and the deadline.
 */
export class SocketEngine {
  readonly pattern: Pattern;
  readonly output: EngineOutput = new EngineOutput();
  readonly #lingerMs: number;
  readonly #connections: Connections;
  readonly #listeners: Listeners;
  readonly #inproc: InprocPorts;
  #closesAtMs: number | undefined;
  #isFinished = false;

  constructor(options: EngineOptions) {
    const { settings, entropy, openSession } = options;
    const { output } = this;
    this.#lingerMs = settings.lingerMs;
    const services: PatternServices = {
      entropy,
      terminate: (pipe, error) => this.#terminate(pipe, error),
      wake: options.wake,
    };
    this.pattern = options.createPattern(services);
    this.#connections = new Connections({
      settings,
      entropy,
      output,
      pattern: this.pattern,
      openSession,
    });
    this.#listeners = new Listeners(output);
    this.#inproc = new InprocPorts(options.context, this.pattern, () => this.#connections.newPipe());
  }

  /** From `close` on nothing is sent or received any more. */
  get isClosing(): boolean {
    return this.#closesAtMs !== undefined;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** Connections whose handshake is done, inproc included. */
  get peers(): number {
    return this.#connections.readyLinks + this.#inproc.pairs;
  }

  // What the user wants.

  /**
   * @param assignedId what a ROUTER calls the peer (`connect_routing_id`, zmtp §1.12)
   * @throws ProtocolError `sockets/bad-endpoint`, `sockets/closed`
   */
  connect(text: string, assignedId: Uint8Array | undefined, nowMs: number): void {
    this.#refuseClosing();
    const endpoint = parseEndpoint(text);
    if (endpoint.transport === "inproc") this.#inproc.connect(endpoint.name, text, assignedId);
    else this.#connections.connect(text, endpoint, assignedId, nowMs);
  }

  /** @throws ProtocolError `sockets/unknown-endpoint` when it is not connected there */
  disconnect(text: string, nowMs: number): void {
    this.#refuseClosing();
    const found = this.#connections.disconnect(text, this.#lingerMs, nowMs) || this.#inproc.disconnect(text);
    if (!found) throw socketError("sockets/unknown-endpoint", JSON.stringify(text), "an endpoint it is connected to");
  }

  /**
   * Begins to bind: a `bound` or `bindFailed` action with the id follows.
   *
   * @throws ProtocolError `sockets/bad-endpoint`, `sockets/closed`; `sockets/bind-failed` when an inproc name is taken
   */
  bind(text: string): number {
    this.#refuseClosing();
    const endpoint = parseEndpoint(text);
    if (endpoint.transport !== "inproc") return this.#listeners.bind(text, endpoint);
    this.#inproc.bind(endpoint.name);
    return this.#listeners.bindInproc(text, endpoint.name);
  }

  /**
   * Ends a bind and the connections that came by it (zmtp §2.2): an `unbound` action with the id follows.
   *
   * @param text as it was bound, or the address that came of it
   * @throws ProtocolError `sockets/unknown-endpoint`
   */
  unbind(text: string, nowMs: number): number {
    this.#refuseClosing();
    const listener = this.#listeners.unbind(text);
    if (listener.inprocName === undefined) this.#connections.closeAccepted(listener.id, this.#lingerMs, nowMs);
    else this.#inproc.unbind(listener.inprocName);
    return listener.id;
  }

  /** @throws ProtocolError as the pattern says; `sockets/closed` */
  send(message: Message): boolean {
    if (this.#closesAtMs !== undefined) this.#refuseClosing();
    return this.pattern.send(message);
  }

  /** @throws ProtocolError as the pattern says; `sockets/closed` */
  receive(): Message | undefined {
    if (this.#closesAtMs !== undefined) this.#refuseClosing();
    return this.pattern.receive();
  }

  receiveBatch(maxMessages: number): Message[] {
    if (this.#closesAtMs !== undefined) this.#refuseClosing();
    return this.pattern.receiveBatch(maxMessages);
  }

  /** Ends everything; what is unsent has so long to go out. `finished` follows. A second call can only shorten it. */
  close(lingerMs: number, nowMs: number): void {
    const untilMs = Math.min(nowMs + lingerMs, this.#closesAtMs ?? Number.POSITIVE_INFINITY);
    if (this.#closesAtMs === undefined) {
      this.#listeners.closeAll();
      this.#inproc.close();
    }
    this.#closesAtMs = untilMs;
    this.#connections.close(untilMs);
    this.output.wakeAt(untilMs);
    this.#advanceClosing(nowMs);
  }

  // What happened.

  opened(linkId: number, info: HostLinkInfo, nowMs: number): void {
    this.#connections.opened(linkId, info, nowMs);
    this.#advanceClosing(nowMs);
  }

  /** @param chunks at least one */
  received(linkId: number, chunks: readonly Uint8Array[], nowMs: number): void {
    this.#connections.link(linkId)?.receive(chunks, nowMs);
    if (this.#closesAtMs !== undefined) this.#advanceClosing(nowMs);
  }

  /** The host takes bytes again. */
  unblocked(linkId: number): void {
    this.#connections.link(linkId)?.unblock();
  }

  /** A dial failed or a connection ended. */
  closed(linkId: number, failure: string | undefined, nowMs: number): void {
    this.#connections.closed(linkId, failure, nowMs);
    this.#advanceClosing(nowMs);
  }

  decide(linkId: number, decision: AuthenticateDecision, nowMs: number): void {
    this.#connections.link(linkId)?.command({ type: "decide", ...decision }, nowMs);
  }

  listening(listenerId: number, address: string): void {
    this.#listeners.listening(listenerId, address);
  }

  listenerClosed(listenerId: number, failure: string | undefined): void {
    this.#listeners.closed(listenerId, failure);
  }

  acceptFailed(listenerId: number, failure: string): void {
    this.#listeners.acceptFailed(listenerId, failure);
  }

  /** @returns the link's id, or nothing when the peer is turned away */
  accepted(listenerId: number, info: HostLinkInfo, nowMs: number): number | undefined {
    const address = this.#listeners.addressOf(listenerId);
    if (address === undefined || this.isClosing) return undefined;
    return this.#connections.accepted(listenerId, address, info, nowMs);
  }

  onTimeout(nowMs: number): void {
    if (nowMs < this.output.deadlineMs) return;
    this.output.deadlineMs = this.#closesAtMs ?? Number.POSITIVE_INFINITY;
    this.#connections.onTimeout(nowMs);
    this.#advanceClosing(nowMs);
  }

  /** Call after output was written: links that end when they have nothing left do so. */
  written(nowMs: number): void {
    if (this.#closesAtMs === undefined) this.#connections.sweep(nowMs);
    else this.#advanceClosing(nowMs);
  }

  nextAction(): EngineAction | undefined {
    return this.output.next();
  }

  #terminate(pipe: Pipe, error: ProtocolError): void {
    if (pipe.peer !== undefined) this.#inproc.end(pipe, true);
    else if (pipe.link !== undefined) this.#connections.failed(pipe.link, error);
  }

  #refuseClosing(): void {
    if (this.isClosing) throw socketError("sockets/closed", "a closed socket", "an open one");
  }

  #advanceClosing(nowMs: number): void {
    if (this.#closesAtMs === undefined || this.#isFinished) return;
    this.#connections.sweep(nowMs);
    const unsentMessages = this.#connections.unsentAtEnd;
    if (unsentMessages === undefined || this.#listeners.areOpen) return;
    this.#isFinished = true;
    this.output.event({ type: "end" });
    this.output.add({ type: "finished", unsentMessages });
  }
}
