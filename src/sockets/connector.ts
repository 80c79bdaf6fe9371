import type { Entropy } from "../ports/entropy.ts";
import type { Endpoint } from "../ports/socket_host.ts";
import type { EngineSettings } from "./engine_settings.ts";
import type { Link } from "./link.ts";
import type { Pipe } from "./pipe.ts";

/** Peers that refuse a handshake are not knocked at every 100 ms, whatever `reconnectMaxInterval` says (zmtp §1.10, trap 11). */
const HANDSHAKE_RETRY_CAP_MS = 5_000;

/** An endpoint that a socket connects to, for as long as it is connected in the user's eyes. */
export class Connector {
  /** As the user wrote it: `disconnect` names it by this. */
  readonly text: string;
  readonly endpoint: Endpoint;
  /** What a ROUTER calls the peer. */
  readonly assignedId: Uint8Array | undefined;
  /** Outlives connections, unless the socket is `immediate` (zmtp §2.2). */
  pipe: Pipe | undefined;
  link: Link | undefined;
  /** When to dial; nothing while a link is there, or after the last try. */
  dialAtMs: number | undefined;
  isOver = false;
  readonly #settings: EngineSettings;
  readonly #entropy: Entropy;
  #nextWaitMs: number;

  constructor(
    text: string,
    endpoint: Endpoint,
    assignedId: Uint8Array | undefined,
    settings: EngineSettings,
    entropy: Entropy,
  ) {
    this.text = text;
    this.endpoint = endpoint;
    this.assignedId = assignedId;
    this.#settings = settings;
    this.#entropy = entropy;
    this.#nextWaitMs = settings.reconnectIntervalMs;
  }

  /** A handshake was done: the next wait is the first one again. */
  succeeded(): void {
    this.#nextWaitMs = this.#settings.reconnectIntervalMs;
  }

  /**
   * The wait before the next dial: the interval and a random part of it, so that a fleet does not come at once. Where there is a
   * cap, the random part is within it.
   */
  takeWaitMs(afterHandshake: boolean): number {
    const { reconnectIntervalMs: intervalMs, reconnectMaxIntervalMs } = this.#settings;
    const wantedMs = afterHandshake ? Math.max(reconnectMaxIntervalMs, HANDSHAKE_RETRY_CAP_MS) : reconnectMaxIntervalMs;
    // A cap below the interval is none, as with libzmq.
    const capMs = wantedMs > intervalMs ? wantedMs : undefined;
    const nextMs = this.#nextWaitMs;
    if (capMs !== undefined && capMs > nextMs) this.#nextWaitMs = Math.min(capMs, nextMs * 2);
    if (intervalMs === 0) return 0;
    const random = new Uint8Array(4);
    this.#entropy.fill(random);
    const chance = new DataView(random.buffer).getUint32(0);
    if (capMs === undefined) return nextMs + (chance % intervalMs);
    const baseMs = Math.min(nextMs, Math.max(intervalMs, capMs - intervalMs));
    return baseMs + (chance % Math.min(intervalMs, capMs - baseMs));
  }
}
