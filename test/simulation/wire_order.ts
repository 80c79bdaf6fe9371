import { zstdContentBytes } from "../../src/core/mod.ts";
import type { Compressor } from "../../src/ports/mod.ts";
import {
  decodeEnvelope,
  decodeSegment,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  idKey,
  MAX_SNAPSHOT_BYTES,
} from "../../src/protocols/snapshot/mod.ts";
import type { Env } from "./env.ts";
import { type Entry, type Ledger, name } from "./ledger.ts";

/** A Snapshot frame: whose part it is. */
interface Carried {
  readonly entry: Entry;
  readonly partIndex: number;
}

/**
 * spec §6.4: on each connection an agent sends what is not stored oldest first, each snapshot's parts in order. Only what
 * it sends again on the same connection may come later.
 */
export class WireOrder {
  readonly #env: Env;
  readonly #ledger: Ledger;
  readonly #compressor: Compressor | undefined;
  readonly #who: string;
  #seen = new Map<string, Carried>();
  #last: Carried | undefined;

  constructor(env: Env, ledger: Ledger, compressor: Compressor | undefined, who: string) {
    this.#env = env;
    this.#ledger = ledger;
    this.#compressor = compressor;
    this.#who = who;
  }

  /** A new connection. */
  begin(): void {
    this.#seen = new Map();
    this.#last = undefined;
  }

  /** @param isDisplaced nobody promises the place of what goes out on this connection */
  sent(frames: readonly Uint8Array[], isDisplaced: boolean): void {
    for (const frame of frames) this.#take(frame, isDisplaced);
  }

  #take(frame: Uint8Array, isDisplaced: boolean): void {
    const { envelope, payloadAt } = decodeEnvelope(frame);
    if (envelope.type !== "snapshot") return;
    const key = idKey(envelope.messageId);
    if (this.#seen.has(key)) return;
    const carried = this.#carried(frame, payloadAt, envelope.flags);
    this.#seen.set(key, carried);
    const { entry, partIndex } = carried;
    if (isDisplaced) entry.isDisplaced = true;
    const last = this.#last;
    this.#last = carried;
    if (last === undefined || entry.sequence > last.entry.sequence) return;
    if (entry === last.entry && partIndex > last.partIndex) return;
    this.#env.violate(
      "each agent's order holds",
      `${this.#who} sent part ${partIndex} of ${name(entry)} behind part ${last.partIndex} of ${name(last.entry)}`,
    );
  }

  #carried(frame: Uint8Array, payloadAt: number, flags: number): Carried {
    if ((flags & FLAG_SEGMENTED) !== 0) {
      const { snapshotId, partIndex } = decodeSegment(frame, payloadAt);
      return { entry: this.#ledger.find(snapshotId)!, partIndex };
    }
    let payload = frame.subarray(payloadAt);
    if ((flags & FLAG_COMPRESSED) !== 0) {
      const header = zstdContentBytes(payload, { maxContentBytes: MAX_SNAPSHOT_BYTES, maxWindowBytes: 2 ** 23 });
      payload = this.#compressor!.decompress(payload, header.ok ? header.contentBytes : 0);
    }
    return { entry: this.#ledger.find(payload.subarray(0, 16))!, partIndex: 0 };
  }
}
