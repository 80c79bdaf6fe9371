/** Two captures, message by message. */
import type { FrameRow, ProtocolDefinition } from "../protocols/definition.ts";
import { rowDigest, textDigest } from "./row_digest.ts";

/** Messages of the left capture that are remembered: about 100 MB. Of what comes beyond, nothing is said. */
export const MAX_COMPARED_MESSAGES = 1_000_000;
const FIRST_CAPACITY = 1_024;
const NONE = -1;

/** What became of a message. Row numbers are those that were given with the rows. */
export type Compared =
  | { readonly type: "same" | "different"; readonly left: number; readonly right: number }
  | { readonly type: "onlyLeft"; readonly left: number }
  | { readonly type: "onlyRight"; readonly right: number }
  /** In the right one; the left one has more messages than are remembered, so it may be there too. */
  | { readonly type: "unknown"; readonly right: number };

/**
 * Matches the messages of two captures by their ids: first all rows of the left one are added, then those of the right one, and at
 * the end `finish` tells what only the left one has. A repeated message is matched with its repetition, in order. Frames without an
 * id (and those that can't be decoded) are matched by what they say.
 *
 * What two matched rows say is compared by a digest of 53 bits, so that no row is held; which fields differ is for
 * `fieldDifferences`, from both rows.
 *
 * @example
 * ```ts
 * const compare = new CaptureCompare(SNAPSHOT_PROTOCOL);
 * compare.addLeft(0, { type: "heartbeat", messageId: "aa", payload: { queuedSnapshots: 1 } });
 * compare.addRight(0, { type: "heartbeat", messageId: "aa", payload: { queuedSnapshots: 2 } });
 * // { type: "different", left: 0, right: 0 }
 * ```
 */
export class CaptureCompare {
  readonly #idOf: (row: FrameRow) => string | undefined;
  /** From the digest of an id to the first message of it that is not matched yet. */
  readonly #heads = new Map<number, number>();
  #rows = new Float64Array(FIRST_CAPACITY);
  #digests = new Float64Array(FIRST_CAPACITY);
  /** The next message of the same id. */
  #next = new Int32Array(FIRST_CAPACITY);
  /** Of the first message of an id: the last one. */
  #last = new Int32Array(FIRST_CAPACITY);
  #matched = new Uint8Array(FIRST_CAPACITY);
  #size = 0;
  #forgotten = 0;
  readonly #maxMessages: number;

  /** @param maxMessages of the left capture */
  constructor({ inspection }: ProtocolDefinition, maxMessages: number = MAX_COMPARED_MESSAGES) {
    this.#idOf = (row) => inspection?.idOf(row);
    this.#maxMessages = maxMessages;
  }

  /** Messages of the left capture that were too many to be compared. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Takes the next row of the left capture, as `dump --json` has it; all of them come before the first of the right one. */
  addLeft(rowNumber: number, row: FrameRow): void {
    if (this.#size === this.#maxMessages) {
      this.#forgotten++;
      return;
    }
    if (this.#size === this.#rows.length) this.#grow();
    const { key, digest } = this.#keyOf(row);
    const index = this.#size++;
    this.#rows[index] = rowNumber;
    this.#digests[index] = digest;
    this.#next[index] = NONE;
    this.#last[index] = index;
    const head = this.#heads.get(key);
    if (head === undefined) {
      this.#heads.set(key, index);
      return;
    }
    this.#next[this.#last[head]!] = index;
    this.#last[head] = index;
  }

  /** Takes the next row of the right capture and tells what it is. */
  addRight(rowNumber: number, row: FrameRow): Compared {
    const { key, digest } = this.#keyOf(row);
    const head = this.#heads.get(key);
    if (head === undefined) return { type: this.#forgotten === 0 ? "onlyRight" : "unknown", right: rowNumber };
    const next = this.#next[head]!;
    if (next === NONE) this.#heads.delete(key);
    else this.#heads.set(key, next);
    this.#matched[head] = 1;
    return { type: this.#digests[head] === digest ? "same" : "different", left: this.#rows[head]!, right: rowNumber };
  }

  /** What the right capture did not have, in the order of the left one. */
  *finish(): Generator<Compared> {
    for (let index = 0; index < this.#size; index++) {
      if (this.#matched[index] === 0) yield { type: "onlyLeft", left: this.#rows[index]! };
    }
  }

  #keyOf(row: FrameRow): { readonly key: number; readonly digest: number } {
    const digest = rowDigest(row);
    const id = Object.hasOwn(row, "error") ? undefined : this.#idOf(row);
    return { key: id === undefined ? -1 - digest : textDigest(id), digest };
  }

  #grow(): void {
    const capacity = Math.min(this.#maxMessages, this.#rows.length * 2);
    this.#rows = copied(new Float64Array(capacity), this.#rows);
    this.#digests = copied(new Float64Array(capacity), this.#digests);
    this.#next = copied(new Int32Array(capacity), this.#next);
    this.#last = copied(new Int32Array(capacity), this.#last);
    this.#matched = copied(new Uint8Array(capacity), this.#matched);
  }
}

function copied<T extends { set(from: T): void }>(into: T, from: T): T {
  into.set(from);
  return into;
}
