import type { TimelineMark } from "../protocols/inspection.ts";
import { RecentMap } from "../sansio/mod.ts";

/** Messages whose answers are waited for, and wholes that are known again, about 40 MB; beyond, the oldest are forgotten. */
const MAX_MESSAGES = 131_072;
/** Agents whose pace and last window are known; a timeline tells fewer apart. */
const MAX_AGENTS = 32_768;

/** Time of an agent's machine that no sampling window covers. */
export interface WindowGap {
  readonly fromMs: number;
  readonly lastsMs: number;
}

interface SentMessage {
  readonly sentMs: number;
  isStored: boolean;
}

type Mark<Type extends TimelineMark["type"]> = TimelineMark & { readonly type: Type };

/** Follows messages from their sending to their answer, and windows from one to the next. Not public. */
export class DeliveryWatch {
  readonly #sent: RecentMap<string, SentMessage> = new RecentMap(MAX_MESSAGES);
  /** Parts of wholes that some message brought. */
  readonly #parts: RecentMap<string, true> = new RecentMap(MAX_MESSAGES);
  readonly #wholes: RecentMap<string, true> = new RecentMap(MAX_MESSAGES);
  readonly #delayMs: RecentMap<number, number> = new RecentMap(MAX_AGENTS);
  readonly #windowEndMs: RecentMap<number, number> = new RecentMap(MAX_AGENTS);

  /** What a sending is: the first, one more try, or one of what was stored or brought by another message before. */
  sent(agent: number, mark: Mark<"sent">, timeMs: number): "sent" | "retried" | "duplicate" {
    const key = `${mark.id} ${agent}`;
    const known = this.#sent.get(key);
    if (known !== undefined) return known.isStored ? "duplicate" : "retried";
    this.#sent.set(key, { sentMs: timeMs, isStored: false });
    const partKey = `${mark.wholeId} ${mark.partIndex} ${agent}`;
    if (this.#parts.has(partKey)) return "duplicate";
    this.#parts.set(partKey, true);
    return "sent";
  }

  /** Milliseconds from the sending of a message to its answer; NaN if it was not seen. */
  answered(agent: number, { id, answer }: Mark<"answered">, timeMs: number): number {
    const message = this.#sent.get(`${id} ${agent}`);
    if (message === undefined) return Number.NaN;
    if (answer === "stored") message.isStored = true;
    return timeMs - message.sentMs;
  }

  /** True if the pace of an agent is another one than before. */
  throttled(agent: number, delayMs: number): boolean {
    const before = this.#delayMs.get(agent) ?? 0;
    this.#delayMs.set(agent, delayMs);
    return before !== delayMs;
  }

  /** What lies between the last window and this one, if that is more than this one lasts; `repeated` for one that was seen. */
  loaded(agent: number, { wholeId, startMs, endMs }: Mark<"load">): WindowGap | "repeated" | undefined {
    const key = `${wholeId} ${agent}`;
    if (this.#wholes.has(key)) return "repeated";
    this.#wholes.set(key, true);
    const before = this.#windowEndMs.get(agent);
    this.#windowEndMs.set(agent, Math.max(before ?? endMs, endMs));
    if (before === undefined || startMs - before <= endMs - startMs) return undefined;
    return { fromMs: before, lastsMs: startMs - before };
  }
}
