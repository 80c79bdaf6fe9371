/** What happened in a capture, as columns. */

/** Events that are kept, at 21 bytes each: about 42 MB. Of more only their number is known. */
export const MAX_TIMELINE_EVENTS = 2_000_000;
const FIRST_CAPACITY = 1_024;

/** What can happen, in the order of the charts. */
export const TIMELINE_KINDS = [
  "sent",
  "retried",
  "duplicate",
  "received",
  "stored",
  "refused",
  "throttled",
  "heartbeat",
  "gap",
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** One thing that happened. */
export interface TimelineEvent {
  readonly kind: TimelineKind;
  readonly timeMs: number;
  /** The row behind it. */
  readonly row: number;
  /** Answers: milliseconds since it was sent first, NaN if that is not known. Throttled: the delay. Gap: how long. Else NaN. */
  readonly valueMs: number;
}

/** Events in the order of the capture. Not public. */
export class TimelineEvents {
  #timeMs = new Float64Array(FIRST_CAPACITY);
  #valueMs = new Float32Array(FIRST_CAPACITY);
  #row = new Uint32Array(FIRST_CAPACITY);
  #agent = new Uint32Array(FIRST_CAPACITY);
  #kind = new Uint8Array(FIRST_CAPACITY);
  #size = 0;
  #dropped = 0;
  readonly #maxEvents: number;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  get size(): number {
    return this.#size;
  }

  /** Events that were too many to be kept. */
  get dropped(): number {
    return this.#dropped;
  }

  add(agent: number, kind: TimelineKind, timeMs: number, row: number, valueMs: number): void {
    if (this.#size === this.#maxEvents) {
      this.#dropped++;
      return;
    }
    if (this.#size === this.#timeMs.length) this.#grow();
    const at = this.#size++;
    this.#timeMs[at] = timeMs;
    this.#valueMs[at] = valueMs;
    this.#row[at] = row;
    this.#agent[at] = agent;
    this.#kind[at] = TIMELINE_KINDS.indexOf(kind);
  }

  /** Calls `visit` with the place of each event of an agent (of all, if it is undefined) in [fromMs, toMs). */
  scan(agent: number | undefined, fromMs: number, toMs: number, visit: (at: number) => void): void {
    for (let at = 0; at < this.#size; at++) {
      const timeMs = this.#timeMs[at]!;
      if (timeMs >= fromMs && timeMs < toMs && (agent === undefined || this.#agent[at] === agent)) visit(at);
    }
  }

  timeMs(at: number): number {
    return this.#timeMs[at]!;
  }

  kindNumber(at: number): number {
    return this.#kind[at]!;
  }

  row(at: number): number {
    return this.#row[at]!;
  }

  valueMs(at: number): number {
    return this.#valueMs[at]!;
  }

  event(at: number): TimelineEvent {
    const kind = TIMELINE_KINDS[this.#kind[at]!]!;
    return { kind, timeMs: this.#timeMs[at]!, row: this.#row[at]!, valueMs: this.#valueMs[at]! };
  }

  #grow(): void {
    const capacity = Math.min(this.#maxEvents, this.#timeMs.length * 2);
    this.#timeMs = copied(new Float64Array(capacity), this.#timeMs);
    this.#valueMs = copied(new Float32Array(capacity), this.#valueMs);
    this.#row = copied(new Uint32Array(capacity), this.#row);
    this.#agent = copied(new Uint32Array(capacity), this.#agent);
    this.#kind = copied(new Uint8Array(capacity), this.#kind);
  }
}

function copied<T extends { set(from: T): void }>(into: T, from: T): T {
  into.set(from);
  return into;
}
