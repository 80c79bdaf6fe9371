import { DEDUPE_WINDOW_IDS } from "../protocols/snapshot/wire.ts";
import { DedupeWindow } from "../sansio/mod.ts";

/**
 * What each agent had stored (spec §6.5): the last 1,024 ids of up to `maxAgents` agents. Over that the agent that was
 * seen longest ago goes; one that is pinned (connected, or with snapshots under way) never does.
 */
export class DedupeIndex {
  readonly #maxAgents: number;
  readonly #pinned = new Map<string, DedupeWindow>();
  /** Least recently seen first: a `Map` keeps the order of insertion. */
  readonly #idle = new Map<string, DedupeWindow>();
  #evicted = 0;

  constructor(maxAgents: number) {
    this.#maxAgents = maxAgents;
  }

  /** Agents remembered. */
  get size(): number {
    return this.#pinned.size + this.#idle.size;
  }

  /** Agents forgotten to make room, since the start. */
  get evictedAgents(): number {
    return this.#evicted;
  }

  /** The window of an agent, which stays until it is released. */
  pin(agentId: string): DedupeWindow {
    const pinned = this.#pinned.get(agentId);
    if (pinned !== undefined) return pinned;
    const window = this.#idle.get(agentId) ?? new DedupeWindow(DEDUPE_WINDOW_IDS);
    this.#idle.delete(agentId);
    this.#pinned.set(agentId, window);
    this.#makeRoom();
    return window;
  }

  /** Lets an agent be forgotten when room is needed; it counts as seen just now. */
  release(agentId: string): void {
    const window = this.#pinned.get(agentId);
    if (window === undefined) return;
    this.#pinned.delete(agentId);
    if (window.size === 0) return;
    this.#idle.set(agentId, window);
    this.#makeRoom();
  }

  /** An id that the store holds: how the index is rebuilt at start, oldest first, and learns what other servers store. */
  remember(agentId: string, snapshotId: Uint8Array): void {
    const pinned = this.#pinned.get(agentId);
    if (pinned !== undefined) {
      pinned.add(snapshotId);
      return;
    }
    this.pin(agentId).add(snapshotId);
    this.release(agentId);
  }

  /** Whether the store is known to hold that snapshot. */
  has(agentId: string, snapshotId: Uint8Array): boolean {
    const window = this.#pinned.get(agentId) ?? this.#idle.get(agentId);
    return window?.has(snapshotId) ?? false;
  }

  #makeRoom(): void {
    for (const agentId of this.#idle.keys()) {
      if (this.size <= this.#maxAgents) return;
      this.#idle.delete(agentId);
      this.#evicted++;
    }
  }
}
