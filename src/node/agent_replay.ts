import type { Clock } from "../ports/clock.ts";
import { type ClientEvent, type ClientSession, idHex } from "../protocols/snapshot/mod.ts";
import type { ReplaySnapshot } from "./capture_replay.ts";
import { SessionConnection, type SessionConnectionOptions } from "./session_connection.ts";

/** What became of a snapshot. */
export type ReplayOutcome =
  | { readonly type: "stored" }
  | { readonly type: "refused"; readonly errorName: string; readonly detail: string }
  | { readonly type: "unanswered" };

/** What the snapshots of one agent are sent with. */
export interface AgentReplayOptions extends Omit<SessionConnectionOptions, "session" | "onEvent" | "onLost"> {
  readonly session: ClientSession;
  readonly clock: Clock;
  /** Hears once of each snapshot that was sent. */
  readonly onOutcome: (snapshotId: string, outcome: ReplayOutcome, payloadBytes: number) => void;
  /** Hears that something moved: whoever waits looks again. */
  readonly onChange: () => void;
}

/** Sends the snapshots of one agent through a session of its own. */
export class AgentReplay {
  readonly #options: AgentReplayOptions;
  readonly #connection: SessionConnection;
  /** What is on its way, with the size of each. */
  readonly #inFlight = new Map<string, number>();
  #throttleDelayMs = 0;
  #lastSendMs = Number.NEGATIVE_INFINITY;
  #lastProgressMs: number;
  #wasEstablished = false;
  /** Why nothing is stored, as far as that is known. */
  #trouble = "the server did not answer";

  constructor(options: AgentReplayOptions) {
    this.#options = options;
    this.#lastProgressMs = options.clock.monotonicMs();
    this.#connection = new SessionConnection({
      ...options,
      onEvent: (event) => this.#take(event),
      onLost: (reason) => {
        this.#trouble = reason;
        options.onChange();
      },
    });
  }

  /** Snapshots on their way. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  get wasEstablished(): boolean {
    return this.#wasEstablished;
  }

  get trouble(): string {
    return this.#trouble;
  }

  /** When something last went on: the first connection, a snapshot sent or answered. */
  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  /** When the server's pace allows the next one (spec §6.6); infinite while the session takes none. */
  get readyAtMs(): number {
    if (this.#options.session.capacity === 0) return Number.POSITIVE_INFINITY;
    return this.#throttleDelayMs === 0 ? Number.NEGATIVE_INFINITY : this.#lastSendMs + this.#throttleDelayMs;
  }

  isInFlight(snapshotId: string): boolean {
    return this.#inFlight.has(snapshotId);
  }

  /** Sends one snapshot; `readyAtMs` has come. */
  send({ snapshotId, payload }: ReplaySnapshot): void {
    this.#inFlight.set(idHex(snapshotId), payload.length);
    this.#lastSendMs = this.#progress();
    this.#connection.command({ type: "send", snapshotId, payload });
  }

  /** Ends the session; what is still on its way counts as unanswered. */
  async close(): Promise<void> {
    await this.#connection.close();
    for (const snapshotId of [...this.#inFlight.keys()]) this.#settle(snapshotId, { type: "unanswered" });
  }

  #take(event: ClientEvent): void {
    switch (event.type) {
      case "established":
        // A server that lets in and then does nothing is no progress the second time.
        if (!this.#wasEstablished) this.#progress();
        this.#wasEstablished = true;
        break;
      case "stored":
        this.#settle(idHex(event.snapshotId), { type: "stored" });
        break;
      case "refused":
        this.#settle(idHex(event.snapshotId), event);
        break;
      case "throttle":
        this.#throttleDelayMs = event.throttleDelayMs;
        if (event.throttleDelayMs > 0) this.#trouble = `the server asks for a slower pace: ${event.reason}`;
        break;
      case "serverError":
        this.#trouble = `${event.errorName}: ${event.detail}`;
        break;
      case "protocolError":
        this.#trouble = event.error.message;
        break;
    }
    this.#options.onChange();
  }

  #settle(snapshotId: string, outcome: ReplayOutcome): void {
    const payloadBytes = this.#inFlight.get(snapshotId);
    if (payloadBytes === undefined) return;
    this.#inFlight.delete(snapshotId);
    this.#progress();
    this.#options.onOutcome(snapshotId, outcome, payloadBytes);
  }

  #progress(): number {
    this.#lastProgressMs = this.#options.clock.monotonicMs();
    return this.#lastProgressMs;
  }
}
