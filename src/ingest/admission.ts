import { AddressGate } from "./address_gate.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionRefusal, IngestEvent, TlsFailure } from "./ingest_event.ts";
import type { IngestLimits } from "./ingest_limits.ts";
import type { IngestMetrics } from "./ingest_metrics.ts";

/** Lines in the log for one kind of refusal: whoever is turned away comes again, and the counters have them all. */
const TELL_INTERVAL_MS = 1_000;

/** A peer that takes a TLS handshake back, or loses its network, has not shown bad will. */
const INNOCENT: ReadonlySet<string> = new Set<TlsFailure>(["tls-aborted", "draining"]);

/** A transport that has just come in, and what is there already. */
export interface Arrival {
  /** `host:port` */
  readonly remoteAddress: string;
  readonly connections: number;
  /** False while the server drains. */
  readonly isRunning: boolean;
}

/** Who comes in: the bounds on connections, on those without a handshake yet, and on each address. */
export class Admission {
  readonly #limits: IngestLimits;
  readonly #metrics: IngestMetrics;
  readonly #events: IngestEvent[];
  readonly #gate: AddressGate;
  /** Addresses of transports that are under TLS handshake, by connection. */
  readonly #securing = new Map<number, string>();
  readonly #halfOpen = new Set<Connection>();
  readonly #toldAtMs = new Map<string, number>();

  /** @param events where the lines for the log go */
  constructor(limits: IngestLimits, metrics: IngestMetrics, events: IngestEvent[]) {
    this.#limits = limits;
    this.#metrics = metrics;
    this.#events = events;
    const { addressHandshakes, addressFailures, maxAddresses } = limits;
    this.#gate = new AddressGate({
      handshakes: { burst: addressHandshakes, perMinute: addressHandshakes },
      failures: { burst: addressFailures, perMinute: addressFailures },
      maxAddresses,
    });
  }

  /** Transports and connections whose agent is not let in yet. */
  get halfOpen(): number {
    return this.#securing.size + this.#halfOpen.size;
  }

  get addresses(): number {
    return this.#gate.size;
  }

  /** Whether a new transport may go through a TLS handshake; `open` or `securingFailed` follows. */
  secure(connId: number, arrival: Arrival, nowMs: number): boolean {
    const isLetIn = this.#admits(arrival, nowMs);
    if (isLetIn) this.#securing.set(connId, arrival.remoteAddress);
    return isLetIn;
  }

  /** Whether a transport may become a connection. One that comes from a TLS handshake was counted when that began. */
  open(connId: number, arrival: Arrival, nowMs: number): boolean {
    const isSecured = this.#securing.delete(connId);
    if (isSecured && !arrival.isRunning) this.#refuse(arrival.remoteAddress, "draining", nowMs);
    const isLetIn = isSecured ? arrival.isRunning : this.#admits(arrival, nowMs);
    if (isLetIn) this.#metrics.connectionsOpened.add();
    return isLetIn;
  }

  /** The transport of a TLS handshake is gone; false when there was none. */
  securingFailed(connId: number, reason: string, nowMs: number): boolean {
    const remoteAddress = this.#securing.get(connId);
    if (remoteAddress === undefined) return false;
    this.#securing.delete(connId);
    this.#metrics.tlsFailures.add(1, reason);
    this.#tell({ type: "tlsFailed", remoteAddress, reason }, nowMs);
    if (!INNOCENT.has(reason)) this.#gate.failed(remoteAddress, nowMs);
    return true;
  }

  /** A connection waits for its agent's Handshake. */
  wait(connection: Connection): void {
    this.#halfOpen.add(connection);
  }

  /** The agent is let in, or the connection is gone. */
  settled(connection: Connection): void {
    this.#halfOpen.delete(connection);
  }

  /** The session of a connection ended before its agent was let in, by what its peer did. */
  handshakeFailed(remoteAddress: string, nowMs: number): void {
    this.#gate.failed(remoteAddress, nowMs);
  }

  #admits(arrival: Arrival, nowMs: number): boolean {
    const reason = this.#refusal(arrival, nowMs);
    if (reason !== undefined) this.#refuse(arrival.remoteAddress, reason, nowMs);
    return reason === undefined;
  }

  #refusal({ remoteAddress, connections, isRunning }: Arrival, nowMs: number): ConnectionRefusal | undefined {
    if (!isRunning) return "draining";
    if (connections + this.#securing.size >= this.#limits.maxConnections) return "connection-limit";
    if (this.halfOpen >= this.#limits.maxHalfOpen) return "half-open-limit";
    return this.#gate.enter(remoteAddress, nowMs);
  }

  #refuse(remoteAddress: string, reason: ConnectionRefusal, nowMs: number): void {
    this.#metrics.connectionsRefused.add(1, reason);
    this.#tell({ type: "connectionRefused", remoteAddress, reason }, nowMs);
  }

  #tell(event: IngestEvent & { readonly reason: string }, nowMs: number): void {
    const kind = `${event.type} ${event.reason}`;
    if (nowMs - (this.#toldAtMs.get(kind) ?? Number.NEGATIVE_INFINITY) < TELL_INTERVAL_MS) return;
    this.#toldAtMs.set(kind, nowMs);
    this.#events.push(event);
  }
}
