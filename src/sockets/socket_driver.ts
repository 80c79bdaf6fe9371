import type {
  HostLink,
  HostLinkEvents,
  HostLinkInfo,
  HostListener,
  HostTimer,
  HostTransportOptions,
  SocketHost,
} from "../ports/socket_host.ts";
import type { AuthenticateDecision } from "../protocols/zmtp/mechanism.ts";
import { parseEndpoint } from "./endpoint.ts";
import type { AuthenticateCaller, EngineAction } from "./engine_actions.ts";
import type { SocketEngine } from "./socket_engine.ts";
import { socketError } from "./socket_error.ts";
import type { SocketEvent } from "./socket_events.ts";
import { Turns } from "./turns.ts";
import { WaitingCall } from "./waiting_call.ts";

/** What a driver is made of. */
export interface DriverOptions {
  readonly host: SocketHost;
  /** Makes the engine; `wake` is the driver's. */
  readonly createEngine: (wake: () => void) => SocketEngine;
  readonly transport: HostTransportOptions;
  readonly authenticate: ((caller: AuthenticateCaller) => Promise<AuthenticateDecision>) | undefined;
  readonly onEvent: (event: SocketEvent) => void;
  /** Something may have come in, or may go out again: calls that wait are looked at. */
  readonly onNews: () => void;
}

/** The longest wait that a timer of the platform takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** Drives an engine on a host. Output leaves by {@linkcode Turns}, or as soon as it fills a chunk: never one write a message. */
export class SocketDriver {
  readonly engine: SocketEngine;
  readonly host: SocketHost;
  readonly turns: Turns;
  readonly #options: DriverOptions;
  readonly #links = new Map<number, HostLink>();
  readonly #listeners = new Map<number, HostListener>();
  readonly #binds = new Map<number, WaitingCall<string>>();
  readonly #unbinds = new Map<number, WaitingCall<void>>();
  readonly #closed = new WaitingCall<void>();
  /** Links that the engine is done with and whose last bytes are on their way. */
  #closingLinks = 0;
  #isEngineFinished = false;
  #timer: HostTimer | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #isSettling = false;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.host = options.host;
    this.turns = new Turns(options.host, () => this.settle());
    this.engine = options.createEngine(this.turns.plan);
  }

  get nowMs(): number {
    return this.host.clock.monotonicMs();
  }

  // What the API wants.

  /** @throws ProtocolError as `SocketEngine.bind`; the promise is rejected with `sockets/bind-failed` */
  bind(endpoint: string): Promise<string> {
    const { transport } = parseEndpoint(endpoint);
    if (transport !== "inproc" && !this.host.listens.has(transport)) {
      throw socketError("sockets/no-transport", transport, [...this.host.listens].join(", "));
    }
    const call = new WaitingCall<string>();
    this.#binds.set(this.engine.bind(endpoint), call);
    this.settle();
    return call.promise;
  }

  /** @throws ProtocolError as `SocketEngine.connect`, and `sockets/no-transport` */
  connect(endpoint: string, assignedId: Uint8Array | undefined): void {
    const { transport } = parseEndpoint(endpoint);
    if (transport !== "inproc" && !this.host.dials.has(transport)) {
      throw socketError("sockets/no-transport", transport, [...this.host.dials].join(", "));
    }
    this.engine.connect(endpoint, assignedId, this.nowMs);
    this.settle();
  }

  disconnect(endpoint: string): void {
    this.engine.disconnect(endpoint, this.nowMs);
    this.settle();
  }

  unbind(endpoint: string): Promise<void> {
    const call = new WaitingCall<void>();
    this.#unbinds.set(this.engine.unbind(endpoint, this.nowMs), call);
    this.settle();
    return call.promise;
  }

  close(lingerMs: number): Promise<void> {
    this.engine.close(lingerMs, this.nowMs);
    this.settle();
    return this.#closed.promise;
  }

  /** To be called after each message that the engine took. */
  sent(): void {
    this.turns.sends++;
    const { output } = this.engine;
    if (output.isUrgent) this.#writeAll();
    if (output.isPending) this.turns.plan();
  }

  /** Carries out all that the engine wants, until it wants nothing more. */
  settle(): void {
    // Whoever is told something from within may call again: the loop goes on for him.
    if (this.#isSettling) return;
    this.#isSettling = true;
    const { engine } = this;
    const { output } = engine;
    try {
      do {
        output.isPending = false;
        engine.pattern.becameWritable = false;
        for (let action = engine.nextAction(); action !== undefined; action = engine.nextAction()) {
          this.#carryOut(action);
        }
        this.#options.onNews();
        this.#writeAll();
        engine.written(this.nowMs);
      } while (output.isPending || engine.pattern.becameWritable);
    } finally {
      this.#isSettling = false;
    }
    this.#setTimer();
  }

  #writeAll(): void {
    const { output } = this.engine;
    output.isUrgent = false;
    for (let touched = output.takeTouched(); touched.length > 0; touched = output.takeTouched()) {
      for (const link of touched) {
        const chunks = link.takeOutput();
        if (chunks.length === 0) continue;
        this.turns.writes++;
        if (this.#links.get(link.id)?.write(chunks) === false) link.block();
      }
    }
  }

  #carryOut(action: EngineAction): void {
    switch (action.type) {
      case "dial":
        this.#dial(action);
        break;
      case "listen":
        this.#listen(action);
        break;
      case "closeListener":
        this.#listeners.get(action.listenerId)?.close();
        break;
      case "closeLink":
      case "destroyLink":
        this.#endLink(action);
        break;
      case "pause":
        this.#links.get(action.linkId)?.pause();
        break;
      case "resume":
        this.#links.get(action.linkId)?.resume();
        break;
      case "authenticate":
        this.#authenticate(action.linkId, action.caller);
        break;
      case "event":
        this.#options.onEvent(action.event);
        break;
      case "finished":
        this.#isEngineFinished = true;
        this.#endIfDone();
        break;
      default:
        this.#settleBind(action);
    }
  }

  #dial({ linkId, endpoint }: Extract<EngineAction, { type: "dial" }>): void {
    this.#links.set(linkId, this.host.dial(endpoint, this.#options.transport, this.#linkEvents(linkId)));
  }

  #listen({ listenerId, endpoint }: Extract<EngineAction, { type: "listen" }>): void {
    const listener = this.host.listen(endpoint, this.#options.transport, {
      onListening: (address) => this.#tell(() => this.engine.listening(listenerId, address)),
      onAccepted: (link, info) => this.#accept(listenerId, link, info),
      onAcceptFailed: (failure) => this.#tell(() => this.engine.acceptFailed(listenerId, failure)),
      onClosed: (failure) => {
        this.#listeners.delete(listenerId);
        this.#tell(() => this.engine.listenerClosed(listenerId, failure));
      },
    });
    this.#listeners.set(listenerId, listener);
  }

  #accept(listenerId: number, link: HostLink, info: HostLinkInfo): HostLinkEvents | undefined {
    const linkId = this.engine.accepted(listenerId, info, this.nowMs);
    if (linkId !== undefined) this.#links.set(linkId, link);
    this.turns.plan();
    return linkId === undefined ? undefined : this.#linkEvents(linkId);
  }

  #linkEvents(linkId: number): HostLinkEvents {
    const { engine } = this;
    return {
      onOpen: (info) => this.#tell(() => engine.opened(linkId, info, this.nowMs)),
      onChunk: (chunk) => this.#tell(() => engine.received(linkId, [chunk], this.nowMs)),
      onChunks: (chunks) => this.#tell(() => engine.received(linkId, chunks, this.nowMs)),
      onWritable: () => this.#tell(() => engine.unblocked(linkId)),
      onClosed: (failure) => {
        if (!this.#links.delete(linkId)) {
          this.#closingLinks--;
          this.#endIfDone();
        }
        this.#tell(() => engine.closed(linkId, failure, this.nowMs));
      },
    };
  }

  #endLink(action: Extract<EngineAction, { type: "closeLink" | "destroyLink" }>): void {
    const link = this.#links.get(action.linkId);
    if (link === undefined) return;
    this.#links.delete(action.linkId);
    this.#closingLinks++;
    if (action.type === "destroyLink") {
      link.destroy();
    } else {
      if (action.output.length > 0) link.write(action.output);
      link.close();
    }
  }

  #tell(input: () => void): void {
    input();
    this.settle();
  }

  #authenticate(linkId: number, caller: AuthenticateCaller): void {
    const refuse = (text: string): AuthenticateDecision => ({ status: 500, text, userId: "", metadata: [] });
    const asked = this.#options.authenticate?.(caller) ?? Promise.resolve(refuse("nobody to ask"));
    asked
      .catch((error: unknown) => refuse(`authenticate failed: ${error instanceof Error ? error.message : error}`))
      .then((decision) => this.#tell(() => this.engine.decide(linkId, decision, this.nowMs)));
  }

  #settleBind(action: Extract<EngineAction, { type: "bound" | "bindFailed" | "unbound" }>): void {
    const { listenerId } = action;
    if (action.type === "unbound") {
      this.#unbinds.get(listenerId)?.resolve();
      this.#unbinds.delete(listenerId);
      this.#binds.get(listenerId)?.reject(socketError("sockets/closed", "an unbind", "a bind that lives"));
    } else if (action.type === "bound") this.#binds.get(listenerId)?.resolve(action.address);
    else this.#binds.get(listenerId)?.reject(action.error);
    this.#binds.delete(listenerId);
  }

  #endIfDone(): void {
    if (!this.#isEngineFinished || this.#closingLinks > 0) return;
    this.#timer?.cancel();
    this.#closed.resolve();
  }

  #setTimer(): void {
    const atMs = this.#isEngineFinished ? Number.POSITIVE_INFINITY : this.engine.output.deadlineMs;
    // A timer that rings too early asks again: it is only moved forward.
    if (atMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    const delayMs = Math.min(Math.max(0, atMs - this.nowMs), MAX_TIMER_MS);
    this.#timer = this.host.setTimer(Math.ceil(delayMs), () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#tell(() => this.engine.onTimeout(this.nowMs));
    });
  }
}
