import type { TimelineMark } from "../protocols/inspection.ts";

/** Messages whose answers are waited for, and wholes that are known again; beyond, the oldest is forgotten. About 20 MB. */
const MAX_MESSAGES = 65_536;
/** Agents whose pace and last window are known; beyond, the one seen first is forgotten. */
const MAX_AGENTS = 16_384;

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
  readonly #sent = new Map<string, SentMessage>();
  /** Parts of wholes, by the id of the message that brought each first. */
  readonly #parts = new Map<string, string>();
  readonly #wholes = new Set<string>();
  readonly #delayMs = new Map<number, number>();
  readonly #windowEndMs = new Map<number, number>();

  /** What a sending is: the first, one more try, or one of what was stored or brought by another message before. */
  sent(agent: number, mark: Mark<"sent">, timeMs: number): "sent" | "retried" | "duplicate" {
    const key = `${mark.id} ${agent}`;
    const known = this.#sent.get(key);
    if (known !== undefined) return known.isStored ? "duplicate" : "retried";
    remember(this.#sent, key, { sentMs: timeMs, isStored: false }, MAX_MESSAGES);
    const partKey = `${mark.wholeId} ${mark.partIndex} ${agent}`;
    if (this.#parts.has(partKey)) return "duplicate";
    remember(this.#parts, partKey, mark.id, MAX_MESSAGES);
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
    remember(this.#delayMs, agent, delayMs, MAX_AGENTS);
    return before !== delayMs;
  }

  /** What lies between the last window and this one, if that is more than this one lasts; `repeated` for one that was seen. */
  loaded(agent: number, { wholeId, startMs, endMs }: Mark<"load">): WindowGap | "repeated" | undefined {
    const key = `${wholeId} ${agent}`;
    if (this.#wholes.has(key)) return "repeated";
    if (this.#wholes.size === MAX_MESSAGES) this.#wholes.delete(this.#wholes.values().next().value!);
    this.#wholes.add(key);
    const before = this.#windowEndMs.get(agent);
    remember(this.#windowEndMs, agent, Math.max(before ?? endMs, endMs), MAX_AGENTS);
    if (before === undefined || startMs - before <= endMs - startMs) return undefined;
    return { fromMs: before, lastsMs: startMs - before };
  }
}

function remember<Key, Value>(into: Map<Key, Value>, key: Key, value: Value, max: number): void {
  into.delete(key);
  if (into.size >= max) into.delete(into.keys().next().value!);
  into.set(key, value);
}
