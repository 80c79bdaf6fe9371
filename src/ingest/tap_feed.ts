import type { MessageType } from "../protocols/snapshot/mod.ts";
import type { Counter } from "./metrics.ts";

/** What one watcher wants to see. */
export interface TapChoice {
  /** Agent ids; empty for all. */
  readonly agents: readonly string[];
  /** Message types; empty for all. */
  readonly types: readonly MessageType[];
  /** Frames a second at most; the rest is counted. */
  readonly framesPerSecond: number;
}

/** What became of the frames that a watcher had chosen. */
export interface TapCounts {
  /** Handed over. */
  readonly shownFrames: number;
  /** Left out, because they were more than it asked for in a second. */
  readonly sampledOutFrames: number;
  /** Lost to it, because it did not take what was there. */
  readonly droppedFrames: number;
  /** Not shown, because what is in them can't be read and so not be redacted. */
  readonly unreadableFrames: number;
}

/** What waits for a slow watcher: a second or two of a busy server; more is dropped and counted. */
export const MAX_FEED_BYTES: number = 1024 * 1024;

/** The frames that wait for one watcher. */
export class TapFeed {
  #choice: TapChoice;
  #frames: Uint8Array[] = [];
  #bytes = 0;
  /** Frames that may still be shown, a token bucket of one second. */
  #tokens: number;
  #filledAtMs: number;
  readonly #counts = { shownFrames: 0, sampledOutFrames: 0, droppedFrames: 0, unreadableFrames: 0 };
  readonly #total: Counter;

  /** @param total counts the frames of all watchers, by outcome */
  constructor(choice: TapChoice, nowMs: number, total: Counter) {
    this.#choice = choice;
    this.#total = total;
    this.#tokens = choice.framesPerSecond;
    this.#filledAtMs = nowMs;
  }

  get counts(): TapCounts {
    return { ...this.#counts };
  }

  /** From now on another choice. */
  choose(choice: TapChoice, nowMs: number): void {
    this.#choice = choice;
    this.#tokens = choice.framesPerSecond;
    this.#filledAtMs = nowMs;
  }

  wants(agentId: string, type: MessageType): boolean {
    const { agents, types } = this.#choice;
    return (agents.length === 0 || agents.includes(agentId)) && (types.length === 0 || types.includes(type));
  }

  /** A chosen frame could not be read. */
  noteUnreadable(): void {
    this.#note("unreadable", 1);
  }

  /** Whether one more frame may be shown now. */
  hasRoom(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#tokens >= 1;
  }

  /** A chosen frame was left out, because it was more than was asked for. */
  noteSampledOut(): void {
    this.#note("sampledOut", 1);
  }

  /** Takes copies of frames that belong together, all of them or none; the caller has asked {@linkcode hasRoom}. */
  offer(frames: readonly Uint8Array[]): void {
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    if (this.#bytes + bytes > MAX_FEED_BYTES && this.#bytes > 0) {
      this.#note("dropped", frames.length);
    } else {
      // A snapshot of many parts may overdraw the second; the next ones pay for it.
      this.#tokens -= frames.length;
      this.#note("shown", frames.length);
      this.#bytes += bytes;
      for (const frame of frames) this.#frames.push(frame.slice());
    }
  }

  /** What waits, one frame after another as in a capture; nothing when nothing does. */
  take(): Uint8Array | undefined {
    if (this.#bytes === 0) return undefined;
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const frame of this.#frames) {
      all.set(frame, at);
      at += frame.length;
    }
    this.#frames = [];
    this.#bytes = 0;
    return all;
  }

  #note(outcome: "shown" | "sampledOut" | "dropped" | "unreadable", frames: number): void {
    this.#counts[`${outcome}Frames`] += frames;
    this.#total.add(frames, outcome);
  }

  #fill(nowMs: number): void {
    const { framesPerSecond } = this.#choice;
    this.#tokens = Math.min(framesPerSecond, this.#tokens + ((nowMs - this.#filledAtMs) / 1_000) * framesPerSecond);
    this.#filledAtMs = nowMs;
  }
}
