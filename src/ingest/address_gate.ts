import { addressKey } from "./address_key.ts";
import { type BucketRate, TokenBucket } from "./token_bucket.ts";

/** What one address may do. */
export interface AddressGateLimits {
  /** Handshakes that it may begin. */
  readonly handshakes: BucketRate;
  /** Handshakes of it that may fail. */
  readonly failures: BucketRate;
  /** Addresses that are remembered; the one that was quiet for longest is forgotten for a new one. */
  readonly maxAddresses: number;
}

/** Why an address is turned away. */
export type AddressRefusal = "address-handshakes" | "address-failures";

interface Entry {
  readonly handshakes: TokenBucket;
  readonly failures: TokenBucket;
}

/** Counts, for each address, handshakes and those that failed, and turns away whoever has too many. */
export class AddressGate {
  readonly #limits: AddressGateLimits;
  /** In the order in which they were last seen. */
  readonly #entries = new Map<string, Entry>();

  constructor(limits: AddressGateLimits) {
    this.#limits = limits;
  }

  /** Addresses remembered now. */
  get size(): number {
    return this.#entries.size;
  }

  /** Takes a handshake from the budget of an address; the reason when it has none left. */
  enter(remoteAddress: string, nowMs: number): AddressRefusal | undefined {
    const { handshakes, failures } = this.#entry(remoteAddress, nowMs);
    if (!failures.has(nowMs)) return "address-failures";
    return handshakes.take(nowMs) ? undefined : "address-handshakes";
  }

  /** A handshake from that address failed. */
  failed(remoteAddress: string, nowMs: number): void {
    this.#entry(remoteAddress, nowMs).failures.take(nowMs);
  }

  #entry(remoteAddress: string, nowMs: number): Entry {
    const key = addressKey(remoteAddress);
    const known = this.#entries.get(key);
    const entry = known ?? {
      handshakes: new TokenBucket(this.#limits.handshakes, nowMs),
      failures: new TokenBucket(this.#limits.failures, nowMs),
    };
    if (known !== undefined) this.#entries.delete(key);
    else if (this.#entries.size >= this.#limits.maxAddresses) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, entry);
    return entry;
  }
}
