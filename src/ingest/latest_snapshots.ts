import type { Compressor, SnapshotRecord } from "../ports/mod.ts";
import { SnapshotFrameReader } from "../protocols/snapshot/frame_reader.ts";
import { type AgentOverview, agentOverview, type OverviewSource } from "./agent_overview.ts";

/** Frames that are kept for the case that somebody asks: 10,000 agents with 3 KB each, or 5,000 with 6 KB. */
const MAX_BYTES = 32 * 1024 * 1024;
/** A snapshot that is larger says nothing more in an overview. */
const MAX_SNAPSHOT_BYTES = 1024 * 1024;

/** The latest snapshot of an agent, as it came in. */
interface Latest {
  readonly frames: readonly Uint8Array[];
  readonly frameBytes: number;
  readonly storedAtMs: number;
}

/**
 * What each agent sent last. Frames are kept as they are and decoded when they are asked for, which is seldom. Over the
 * bound, the agent that was silent for longest is forgotten.
 */
export class LatestSnapshots {
  readonly #compressor: Compressor | undefined;
  /** The one that was silent for longest comes first. */
  readonly #latest = new Map<string, Latest>();
  #bytes = 0;

  constructor(compressor: Compressor | undefined) {
    this.#compressor = compressor;
  }

  /** Agents of which something is known. */
  get size(): number {
    return this.#latest.size;
  }

  /** @param storedAtMs UTC Unix milliseconds */
  note({ agentId, frames, frameBytes }: SnapshotRecord, storedAtMs: number): void {
    if (frameBytes > MAX_SNAPSHOT_BYTES) return;
    this.#forget(agentId);
    this.#latest.set(agentId, { frames, frameBytes, storedAtMs });
    this.#bytes += frameBytes;
    while (this.#bytes > MAX_BYTES) this.#forget(this.#latest.keys().next().value!);
  }

  /** The agents that were heard of last, at most so many. */
  overviews(limit: number): AgentOverview[] {
    const newest = [...this.#latest].slice(-limit).reverse();
    return newest.map(([agentId, { frames, storedAtMs }]) => agentOverview(agentId, storedAtMs, this.#decode(frames)));
  }

  /** It was decoded once already, when it came in. */
  #decode(frames: readonly Uint8Array[]): OverviewSource {
    const reader = new SnapshotFrameReader({ compressor: this.#compressor });
    const rows = frames.map((frame) => reader.read(frame));
    return rows.at(-1)!["payload"] as unknown as OverviewSource;
  }

  #forget(agentId: string): void {
    const older = this.#latest.get(agentId);
    if (older === undefined) return;
    this.#latest.delete(agentId);
    this.#bytes -= older.frameBytes;
  }
}
