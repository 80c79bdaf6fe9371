import { hostname, release } from "node:os";
import type { Dialer } from "../ports/byte_stream.ts";
import type { Clock } from "../ports/clock.ts";
import type { Compressor } from "../ports/compressor.ts";
import { ClientSession, idHex } from "../protocols/snapshot/mod.ts";
import { utcOffsetMs } from "./agent_host.ts";
import { AgentReplay, type ReplayOutcome } from "./agent_replay.ts";
import { systemEntropy } from "./entropy.ts";

/** Sessions at once; for one more, the one that was used longest ago is drained and closed. */
const MAX_SESSIONS = 32;
/** Encoded snapshots on their way, over all sessions. */
const MAX_IN_FLIGHT_BYTES = 67_108_864;
/** Refusals that are told one by one. */
const MAX_TOLD_REFUSALS = 100;

/** One snapshot to send. */
export interface ReplaySnapshot {
  readonly agentId: string;
  readonly platform: number;
  /** 16 bytes. */
  readonly snapshotId: Uint8Array;
  /** Encoded, as `encodeSnapshot` gives it. */
  readonly payload: Uint8Array;
}

/** A snapshot that the server does not want. */
export interface Refusal {
  readonly agentId: string;
  readonly snapshotId: string;
  readonly errorName: string;
  readonly detail: string;
}

/** What came of it. */
export interface ReplayReport {
  /** Snapshots that were to be sent, each once. */
  snapshots: number;
  stored: number;
  refused: number;
  /** Sent, or meant to be, and neither stored nor refused. */
  unanswered: number;
  /** Already on their way when they came once more. */
  repeated: number;
  /** The first hundred. */
  readonly refusals: Refusal[];
  /** Why snapshots stayed unanswered. */
  trouble: string | undefined;
}

/** How snapshots are sent. */
export interface CaptureReplayOptions {
  readonly dialer: Dialer;
  readonly clock: Clock;
  /** `host:port` */
  readonly address: string;
  readonly agentVersion: string;
  readonly compressor: Compressor;
  /** An agent is given up when nothing has moved for so long. */
  readonly timeoutMs: number;
}

/** Sends snapshots of any number of agents, each agent's through a session of its own and in their order. */
export class CaptureReplay {
  readonly report: ReplayReport = {
    snapshots: 0,
    stored: 0,
    refused: 0,
    unanswered: 0,
    repeated: 0,
    refusals: [],
    trouble: undefined,
  };
  readonly #options: CaptureReplayOptions;
  /** The one that was used longest ago comes first. */
  readonly #sessions = new Map<string, AgentReplay>();
  #inFlightBytes = 0;
  /** No server answers: nobody is tried any more. */
  #isGivenUp = false;
  readonly #waiting = new Set<() => void>();

  constructor(options: CaptureReplayOptions) {
    this.#options = options;
  }

  /** Sends one snapshot; resolves when it is on its way or given up. */
  async send(snapshot: ReplaySnapshot): Promise<void> {
    const { report } = this;
    const session = await this.#sessionOf(snapshot);
    if (session?.isInFlight(idHex(snapshot.snapshotId))) {
      report.repeated++;
      return;
    }
    report.snapshots++;
    const isReady = session !== undefined && (await this.#until(session, () => this.#readyAtMs(session)));
    if (isReady) {
      this.#inFlightBytes += snapshot.payload.length;
      session.send(snapshot);
      return;
    }
    report.unanswered++;
    if (session !== undefined) await this.#giveUp(snapshot.agentId, session);
  }

  /** Waits for the answers, and closes every session. */
  async finish(): Promise<ReplayReport> {
    await Promise.all([...this.#sessions].map(([agentId, session]) => this.#drain(agentId, session)));
    return this.report;
  }

  #readyAtMs(session: AgentReplay): number {
    return this.#inFlightBytes >= MAX_IN_FLIGHT_BYTES ? Number.POSITIVE_INFINITY : session.readyAtMs;
  }

  async #sessionOf(snapshot: ReplaySnapshot): Promise<AgentReplay | undefined> {
    if (this.#isGivenUp) return undefined;
    const { agentId } = snapshot;
    let session = this.#sessions.get(agentId);
    if (session === undefined) {
      if (this.#sessions.size === MAX_SESSIONS) {
        const [oldest] = this.#sessions;
        await this.#drain(...oldest!);
      }
      session = this.#open(snapshot);
    }
    this.#sessions.delete(agentId);
    this.#sessions.set(agentId, session);
    return session;
  }

  #open({ agentId, platform }: ReplaySnapshot): AgentReplay {
    const { dialer, clock, address, agentVersion, compressor } = this.#options;
    const session = new ClientSession({
      agentId,
      platform,
      agentVersion,
      hostName: hostname(),
      osRelease: release(),
      capabilities: 0,
      entropy: systemEntropy,
      utcOffsetMs: utcOffsetMs(clock),
      compressor,
    });
    return new AgentReplay({
      session,
      dialer,
      clock,
      address,
      onOutcome: (snapshotId, outcome, payloadBytes) => {
        this.#inFlightBytes -= payloadBytes;
        this.#count(agentId, snapshotId, outcome);
      },
      onChange: () => this.#wakeAll(),
    });
  }

  #count(agentId: string, snapshotId: string, outcome: ReplayOutcome): void {
    const { report } = this;
    report[outcome.type]++;
    if (outcome.type !== "refused" || report.refusals.length === MAX_TOLD_REFUSALS) return;
    const { errorName, detail } = outcome;
    report.refusals.push({ agentId, snapshotId, errorName, detail });
  }

  async #drain(agentId: string, session: AgentReplay): Promise<void> {
    const isDone = await this.#until(session, () =>
      session.inFlight === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
    );
    if (!isDone) return this.#giveUp(agentId, session);
    this.#sessions.delete(agentId);
    await session.close();
  }

  async #giveUp(agentId: string, session: AgentReplay): Promise<void> {
    this.report.trouble ??= session.trouble;
    // Who never got in says nothing about one agent alone: the others would wait as long for nothing.
    if (!session.wasEstablished) this.#isGivenUp = true;
    this.#sessions.delete(agentId);
    await session.close();
  }

  /** Waits until the time that `readyAtMs` says has come; false when nothing has moved for `timeoutMs`. */
  async #until(session: AgentReplay, readyAtMs: () => number): Promise<boolean> {
    const { clock, timeoutMs } = this.#options;
    const startMs = clock.monotonicMs();
    for (;;) {
      const nowMs = clock.monotonicMs();
      const readyMs = readyAtMs();
      if (readyMs <= nowMs) return true;
      const deadlineMs = Math.max(startMs, session.lastProgressMs) + timeoutMs;
      if (deadlineMs <= nowMs) return false;
      await this.#change(Math.min(readyMs, deadlineMs) - nowMs);
    }
  }

  /** Resolves when something has moved, or after `waitMs`. */
  #change(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(wake, Math.ceil(waitMs));
      this.#waiting.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
