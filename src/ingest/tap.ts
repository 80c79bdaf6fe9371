import { FrameScanner, ProtocolError } from "../core/mod.ts";
import type { Compressor } from "../ports/compressor.ts";
import { CommandLineRedactor, decodeEnvelope, type Envelope, SNAPSHOT_FRAMING } from "../protocols/snapshot/mod.ts";
import { Counter, gauge, type MetricFamily } from "./metrics.ts";
import { type TapChoice, TapFeed } from "./tap_feed.ts";

/** Watchers at once: people with a page open. Each costs a copy of what it sees. */
export const MAX_TAP_FEEDS = 8;
/** Parts of unfinished snapshots of all connections together; over it one connection's are let go. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;

/** What an open tap knows of one connection. */
interface Watched {
  readonly scanner: FrameScanner;
  /** Nothing where command lines may be seen. */
  readonly redactor: CommandLineRedactor | undefined;
  heldBytes: number;
}

/** What a {@linkcode Tap} is made of. */
export interface TapOptions {
  readonly compressor: Compressor | undefined;
  /** False takes the command lines out of everything that is shown. */
  readonly showsCommandLines: boolean;
}

/**
 * Shows what a server takes in and says, while somebody looks. It sees the bytes beside the sessions and can't change what
 * these do; what a watcher does not take in time is dropped and counted. Nobody looks: it does nothing and holds nothing.
 *
 * @example
 * ```ts
 * import { Tap } from "../../src/ingest/mod.ts";
 * const tap = new Tap({ compressor: undefined, showsCommandLines: false });
 * const feed = tap.open({ agents: ["db-1"], types: ["snapshot"], framesPerSecond: 100 }, 0)!;
 * feed.take(); // undefined: nothing came in yet
 * tap.close(feed);
 * ```
 */
export class Tap {
  readonly #options: TapOptions;
  readonly #feeds = new Set<TapFeed>();
  readonly #watched = new Map<number, Watched>();
  readonly #total = new Counter(
    "tidewire_tap_frames_total",
    "Frames that watchers of the live tap chose, by what became of them.",
    "outcome",
  );
  #heldBytes = 0;

  constructor(options: TapOptions) {
    this.#options = options;
  }

  /** Whether anybody looks; while nobody does, `received` and `sent` need not be called. */
  get isOpen(): boolean {
    return this.#feeds.size > 0;
  }

  /** Whether command lines can be seen. */
  get showsCommandLines(): boolean {
    return this.#options.showsCommandLines;
  }

  /** A watcher comes; nothing when {@linkcode MAX_TAP_FEEDS} look already. */
  open(choice: TapChoice, nowMs: number): TapFeed | undefined {
    if (this.#feeds.size === MAX_TAP_FEEDS) return undefined;
    const feed = new TapFeed(choice, nowMs, this.#total);
    this.#feeds.add(feed);
    return feed;
  }

  /** A watcher goes; with the last one everything is let go. */
  close(feed: TapFeed): void {
    this.#feeds.delete(feed);
    if (this.isOpen) return;
    this.#watched.clear();
    this.#heldBytes = 0;
  }

  /**
   * A chunk from an agent, before its session gets it.
   *
   * @param isBetweenFrames whether a frame starts with this chunk: where a tap comes in the middle of one, it waits for the next
   */
  received(connId: number, chunk: Uint8Array, isBetweenFrames: boolean, nowMs: number): void {
    const watched = this.#watched.get(connId) ?? (isBetweenFrames ? this.#watch(connId) : undefined);
    if (watched === undefined) return;
    const { scanner, redactor } = watched;
    scanner.push(chunk);
    for (let scanned = scanner.next(); scanned !== undefined; scanned = scanner.next()) {
      if (scanned.status === "ok") this.#show(scanned.bytes, redactor, nowMs);
      else for (const feed of this.#feeds) feed.noteUnreadable();
    }
    this.#note(watched, redactor?.heldBytes ?? 0);
    if (this.#heldBytes <= MAX_HELD_BYTES) return;
    redactor?.clear();
    this.#note(watched, 0);
  }

  /** Frames that go out to an agent. */
  sent(frames: readonly Uint8Array[], nowMs: number): void {
    for (const frame of frames) this.#show(frame, undefined, nowMs);
  }

  /** The connection is gone. */
  closed(connId: number): void {
    const watched = this.#watched.get(connId);
    if (watched === undefined) return;
    this.#note(watched, 0);
    this.#watched.delete(connId);
  }

  /** Watchers and frames as they stand. */
  metricFamilies(): MetricFamily[] {
    return [gauge("tidewire_tap_watchers", "Watchers of the live tap.", this.#feeds.size), this.#total.family()];
  }

  #watch(connId: number): Watched {
    const { compressor, showsCommandLines } = this.#options;
    const redactor = showsCommandLines ? undefined : new CommandLineRedactor(compressor);
    const watched: Watched = { scanner: new FrameScanner(SNAPSHOT_FRAMING), redactor, heldBytes: 0 };
    this.#watched.set(connId, watched);
    return watched;
  }

  #note(watched: Watched, heldBytes: number): void {
    this.#heldBytes += heldBytes - watched.heldBytes;
    watched.heldBytes = heldBytes;
  }

  #show(frame: Uint8Array, redactor: CommandLineRedactor | undefined, nowMs: number): void {
    const envelope = envelopeOf(frame);
    const feeds: TapFeed[] = [];
    for (const feed of this.#feeds) {
      if (envelope !== undefined && !feed.wants(envelope.agentId, envelope.type)) continue;
      // Before anything is decoded: what a watcher costs is bounded by the rate that it asked for.
      if (feed.hasRoom(nowMs)) feeds.push(feed);
      else feed.noteSampledOut();
    }
    if (feeds.length === 0) return;
    try {
      const frames = redactor === undefined ? [frame] : redactor.take(frame);
      if (frames.length > 0) for (const feed of feeds) feed.offer(frames);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      for (const feed of feeds) feed.noteUnreadable();
    }
  }
}

/** Nothing for a frame whose envelope can't be read: it is of nobody, so everybody who looks is told of it. */
function envelopeOf(frame: Uint8Array): Envelope | undefined {
  try {
    return decodeEnvelope(frame).envelope;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}
