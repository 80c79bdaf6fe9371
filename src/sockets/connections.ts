import type { ProtocolError } from "../core/protocol_error.ts";
import type { Entropy } from "../ports/entropy.ts";
import type { Endpoint, HostLinkInfo } from "../ports/socket_host.ts";
import type { FailureKind } from "../protocols/zmtp/mechanism.ts";
import type { PeerInfo, Wire, ZmtpEvent } from "../protocols/zmtp/session_types.ts";
import { Connector } from "./connector.ts";
import { DrainingLinks } from "./draining_links.ts";
import type { EngineOutput } from "./engine_output.ts";
import type { EngineSettings, ReconnectStop } from "./engine_settings.ts";
import { Link, type LinkOwner } from "./link.ts";
import { endingEvent, type LinkEnding } from "./link_ending.ts";
import type { Pattern } from "./patterns/pattern.ts";
import { Pipe } from "./pipe.ts";
import { peerError } from "./socket_error.ts";
import type { TrafficSession } from "./traffic_session.ts";

/** What the connections of a socket are made of. */
export interface ConnectionsOptions {
  readonly settings: EngineSettings;
  readonly entropy: Entropy;
  readonly output: EngineOutput;
  readonly pattern: Pattern;
  readonly openSession: (wire: Wire, nowMs: number) => TrafficSession;
}

/** The connections of one socket: dialled again when they break, ended when they misbehave, emptied before they close. */
export class Connections implements LinkOwner {
  readonly output: EngineOutput;
  readonly maxUnsentBytes: number;
  readonly #options: ConnectionsOptions;
  readonly #settings: EngineSettings;
  readonly #pattern: Pattern;
  readonly #links = new Map<number, Link>();
  #connectors: Connector[] = [];
  #nextLinkId = 1;
  readonly #draining: DrainingLinks;
  /** The socket is closing: every link drains. */
  #closesAtMs: number | undefined;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#pattern = options.pattern;
    this.output = options.output;
    this.maxUnsentBytes = options.settings.maxUnsentBytes;
    this.#draining = new DrainingLinks(options.output);
  }

  get readyLinks(): number {
    let ready = 0;
    for (const link of this.#links.values()) if (link.isReady) ready++;
    return ready;
  }

  link(linkId: number): Link | undefined {
    return this.#links.get(linkId);
  }

  newPipe(): Pipe {
    const { sendHighWaterMark, receiveHighWaterMark, conflate } = this.#settings;
    return new Pipe(this.#pattern, {
      sendHighWaterMark,
      receiveHighWaterMark,
      conflate,
      maxUnsentBytes: this.maxUnsentBytes,
    });
  }

  /** @throws ProtocolError when the pattern takes no more pipes */
  connect(text: string, endpoint: Endpoint, assignedId: Uint8Array | undefined, nowMs: number): void {
    const connector = new Connector(text, endpoint, assignedId, this.#settings, this.#options.entropy);
    if (!this.#settings.immediate) {
      const pipe = this.newPipe();
      pipe.assignedId = assignedId;
      const refusal = this.#pattern.attach(pipe);
      if (refusal !== undefined) throw refusal;
      connector.pipe = pipe;
    }
    this.#connectors.push(connector);
    this.#dial(connector, nowMs);
  }

  /** @returns whether it was connected there */
  disconnect(text: string, lingerMs: number, nowMs: number): boolean {
    const found = this.#connectors.filter((one) => one.text === text);
    for (const connector of found) {
      const { link, pipe } = connector;
      connector.isOver = true;
      connector.dialAtMs = undefined;
      // Received and unread messages go with the pipe, unsent ones have `linger` to leave (zmtp §2.2).
      if (pipe !== undefined) this.#pattern.end(pipe, false);
      if (link !== undefined) this.#drain(link, nowMs + lingerMs);
    }
    this.#connectors = this.#connectors.filter((one) => !one.isOver);
    this.sweep(nowMs);
    return found.length > 0;
  }

  /** Ends the connections that came to a listener. */
  closeAccepted(listenerId: number, lingerMs: number, nowMs: number): void {
    for (const link of [...this.#links.values()]) {
      if (link.listenerId === listenerId) this.#drain(link, nowMs + lingerMs);
    }
    this.sweep(nowMs);
  }

  opened(linkId: number, info: HostLinkInfo, nowMs: number): void {
    const link = this.#links.get(linkId);
    if (link === undefined) return;
    this.output.event({ type: "connect", address: link.address });
    this.#open(link, info, nowMs);
  }

  accepted(listenerId: number, address: string, info: HostLinkInfo, nowMs: number): number | undefined {
    const { maxPeers } = this.#settings;
    let accepted = 0;
    for (const link of this.#links.values()) if (link.listenerId !== undefined) accepted++;
    if (accepted >= maxPeers) {
      const error = peerError("sockets/peer-limit", `connection ${accepted + 1}`, `at most ${maxPeers}`);
      this.output.event({ type: "accept:error", address, error });
      return undefined;
    }
    const link = new Link(this.#nextLinkId++, this, address, undefined, listenerId);
    this.#links.set(link.id, link);
    this.output.event({ type: "accept", address, peerAddress: info.peerAddress });
    this.#open(link, info, nowMs);
    return link.id;
  }

  /** A dial failed or a connection ended. */
  closed(linkId: number, failure: string | undefined, nowMs: number): void {
    const link = this.#links.get(linkId);
    if (link === undefined) return;
    link.nowMs = nowMs;
    this.#end(link, { reason: failure ?? "closed by the peer" });
  }

  onTimeout(nowMs: number): void {
    for (const connector of this.#connectors) {
      if (connector.dialAtMs === undefined) continue;
      if (connector.dialAtMs <= nowMs) this.#dial(connector, nowMs);
      else this.output.wakeAt(connector.dialAtMs);
    }
    for (const link of [...this.#links.values()]) link.onTimeout(nowMs);
    this.sweep(nowMs);
  }

  sessionEvent(link: Link, event: ZmtpEvent): void {
    switch (event.type) {
      case "authenticate": {
        const { peerAddress } = link.info!;
        const caller = { request: event.request, peerAddress, address: link.address };
        this.output.add({ type: "authenticate", linkId: link.id, caller });
        break;
      }
      case "ready":
        this.#ready(link, event.peer);
        break;
      case "failed":
        this.failed(link, event.error, event.kind);
        break;
    }
  }

  failed(link: Link, error: ProtocolError, kind: FailureKind = "protocol"): void {
    if (link.isOver) return;
    this.#end(link, { reason: error.message, error, kind });
    // An ERROR for the peer may be in it.
    this.output.add({ type: "closeLink", linkId: link.id, output: link.session?.takeOutput() ?? [] });
  }

  /** Begins to end all; connections to peers that are not there yet are still dialled while something waits for them. */
  close(untilMs: number): void {
    this.#closesAtMs = untilMs;
    for (const link of [...this.#links.values()]) {
      const isAwaited = (link.connector?.pipe?.outbox.size ?? 0) > 0;
      if (link.isReady || !isAwaited) this.#drain(link, untilMs);
      else this.#draining.add(link, untilMs);
    }
  }

  /** Messages that nobody will get, once all is over; nothing before. */
  get unsentAtEnd(): number | undefined {
    if (this.#links.size > 0) return undefined;
    const waiting = this.#connectors.some((one) => one.dialAtMs !== undefined);
    return waiting ? undefined : this.#connectors.reduce((sum, one) => sum + (one.pipe?.outbox.size ?? 0), 0);
  }

  /** Ends links that drain and have nothing left, or have run out of time. */
  sweep(nowMs: number): void {
    if (this.#closesAtMs !== undefined) {
      for (const connector of this.#connectors) {
        const isLate = nowMs >= this.#closesAtMs;
        if (isLate || (connector.pipe?.outbox.size ?? 0) === 0) connector.dialAtMs = undefined;
      }
    }
    for (const { link, isSent } of this.#draining.takeDone(nowMs)) this.#finish(link, isSent);
  }

  #drain(link: Link, untilMs: number): void {
    if (link.isReady) this.#draining.add(link, untilMs);
    else this.#finish(link, false);
  }

  #finish(link: Link, isSent: boolean): void {
    const { id } = link;
    this.#end(link, { reason: "closed by this side" });
    this.output.add(isSent ? { type: "closeLink", linkId: id, output: [] } : { type: "destroyLink", linkId: id });
  }

  #dial(connector: Connector, nowMs: number): void {
    const link = new Link(this.#nextLinkId++, this, connector.text, connector);
    link.nowMs = nowMs;
    connector.dialAtMs = undefined;
    connector.link = link;
    this.#links.set(link.id, link);
    if (this.#closesAtMs !== undefined) this.#draining.add(link, this.#closesAtMs);
    this.output.event({ type: "connect:delay", address: connector.text });
    this.output.add({ type: "dial", linkId: link.id, endpoint: connector.endpoint });
  }

  #open(link: Link, info: HostLinkInfo, nowMs: number): void {
    const wire = (info.webSocketProtocol ?? "stream") as Wire;
    link.open(this.#options.openSession(wire, nowMs), info, nowMs);
  }

  #ready(link: Link, peer: PeerInfo): void {
    const { connector } = link;
    let pipe = connector?.pipe;
    if (pipe === undefined) {
      pipe = this.newPipe();
      pipe.assignedId = connector?.assignedId;
      const refusal = this.#pattern.attach(pipe);
      if (refusal !== undefined) {
        this.failed(link, refusal);
        return;
      }
      if (connector !== undefined) connector.pipe = pipe;
    }
    connector?.succeeded();
    pipe.peerIdentity = peer.identity;
    this.output.event({ type: "handshake", address: link.address, peer });
    link.becomeReady(pipe);
    this.#pattern.ready(pipe);
  }

  #end(link: Link, ending: LinkEnding): void {
    const { connector, isReady, pipe } = link;
    const wasOpen = link.session !== undefined;
    link.end();
    this.#links.delete(link.id);
    this.#draining.delete(link);
    if (wasOpen) this.output.event(endingEvent(link.address, isReady, ending));
    if (connector === undefined || connector.isOver) {
      if (pipe !== undefined) this.#pattern.end(pipe, true);
      return;
    }
    connector.link = undefined;
    const stopsAfter = isReady ? "disconnected" : wasOpen ? "handshakeFailed" : "dialFailed";
    this.#redial(connector, stopsAfter, ending.reason, link.nowMs);
  }

  #redial(connector: Connector, after: ReconnectStop, reason: string, nowMs: number): void {
    const { reconnectIntervalMs, reconnectStop, immediate } = this.#settings;
    const { pipe } = connector;
    const isLast = reconnectIntervalMs < 0 || reconnectStop.includes(after);
    const isWanted = this.#closesAtMs === undefined || (pipe?.outbox.size ?? 0) > 0;
    if (pipe !== undefined) {
      if (isLast || immediate) {
        this.#pattern.end(pipe, true);
        connector.pipe = undefined;
      } else {
        this.#pattern.lost(pipe);
      }
    }
    if (isLast || !isWanted) {
      if (isLast) this.output.event({ type: "connect:stop", address: connector.text, reason });
      connector.isOver = isLast;
      if (isLast) this.#connectors = this.#connectors.filter((one) => one !== connector);
      return;
    }
    const intervalMs = connector.takeWaitMs(after === "handshakeFailed");
    connector.dialAtMs = nowMs + intervalMs;
    this.output.event({ type: "connect:retry", address: connector.text, intervalMs, reason });
    this.output.wakeAt(connector.dialAtMs);
  }
}
