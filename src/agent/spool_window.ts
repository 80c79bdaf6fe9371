import { idKey } from "../protocols/snapshot/ids.ts";
import type { OutboxEntry } from "./outbox.ts";
import type { RecordNumber } from "./spool_frames.ts";

/** A record that is in memory. */
export interface WindowEntry {
  readonly number: RecordNumber;
  /** What the id of its message begins with in the file. */
  readonly prefix: Uint8Array;
  readonly entry: OutboxEntry;
  readonly utcMs: number;
}

/**
 * The oldest records of a spool, in memory: those that the session has, and those that it gets next. They follow each
 * other without a gap but for what has ended.
 */
export class SpoolWindow {
  readonly #inFlight = new Map<string, WindowEntry>();
  readonly #waiting = new Map<string, WindowEntry>();
  #bytes = 0;

  get size(): number {
    return this.#inFlight.size + this.#waiting.size;
  }

  /** What the payloads hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest of all. */
  get oldest(): WindowEntry | undefined {
    return first(this.#inFlight) ?? first(this.#waiting);
  }

  /** The oldest that the session does not have. */
  get oldestWaiting(): WindowEntry | undefined {
    return first(this.#waiting);
  }

  /** How many have a number from one on up to, not including, another. */
  countBetween(from: RecordNumber, to: RecordNumber): number {
    let count = 0;
    for (const entries of [this.#inFlight, this.#waiting]) {
      for (const { number } of entries.values()) if (number >= from && number < to) count++;
    }
    return count;
  }

  push(one: WindowEntry): void {
    this.#waiting.set(idKey(one.entry.snapshotId), one);
    this.#bytes += one.entry.payload.buffer.byteLength;
  }

  /** The oldest that waits is in flight from now on. */
  takeWaiting(): WindowEntry | undefined {
    const one = first(this.#waiting);
    if (one === undefined) return undefined;
    const key = idKey(one.entry.snapshotId);
    this.#waiting.delete(key);
    this.#inFlight.set(key, one);
    return one;
  }

  /** Removes what has ended; nothing when it is not there any more. */
  remove(snapshotId: Uint8Array): { readonly one: WindowEntry; readonly inFlight: boolean } | undefined {
    const key = idKey(snapshotId);
    const flying = this.#inFlight.get(key);
    const one = flying ?? this.#waiting.get(key);
    if (one === undefined) return undefined;
    this.#inFlight.delete(key);
    this.#waiting.delete(key);
    this.#bytes -= one.entry.payload.buffer.byteLength;
    return { one, inFlight: flying !== undefined };
  }
}

function first(entries: ReadonlyMap<string, WindowEntry>): WindowEntry | undefined {
  for (const one of entries.values()) return one;
  return undefined;
}
