/** Bytes of an id. */
const ID_BYTES = 16;
/** A window starts this small, since most agents of a large fleet have stored little since the server started. */
const FIRST_CAPACITY = 16;

/**
 * Remembers the last N 16-byte ids. Ids lie in one ring, an open-addressing index beside it: 20 bytes an id, where a
 * `Set` of strings takes five times that, and a server keeps 1,024 ids for each of thousands of agents.
 *
 * @example
 * ```ts
 * import { DedupeWindow } from "tidewire/sansio";
 * const window = new DedupeWindow(1_024);
 * const id = new Uint8Array(16).fill(7);
 * window.add(id);  // true
 * window.add(id);  // false: it was there
 * window.has(id);  // true
 * ```
 */
export class DedupeWindow {
  readonly #maxIds: number;
  #capacity = 0;
  #ring: Uint8Array = new Uint8Array(0);
  /** Slot → ring position + 1; 0 is empty. Twice as many slots as ids keeps probes short. */
  #slots: Uint16Array = new Uint16Array(0);
  #oldest = 0;
  #size = 0;

  /** @param maxIds 1 to 32,768 (positions are 16 bits wide) */
  constructor(maxIds: number) {
    this.#maxIds = maxIds;
  }

  get size(): number {
    return this.#size;
  }

  has(id: Uint8Array): boolean {
    return this.#size > 0 && this.#slots[this.#find(id)] !== 0;
  }

  /** Adds an id; the oldest one makes room. False when it was there already. */
  add(id: Uint8Array): boolean {
    if (this.#size === this.#capacity && this.#capacity < this.#maxIds) this.#grow();
    if (this.#slots[this.#find(id)] !== 0) return false;
    if (this.#size === this.#capacity) this.#forgetOldest();
    const position = (this.#oldest + this.#size) % this.#capacity;
    this.#ring.set(id.subarray(0, ID_BYTES), position * ID_BYTES);
    this.#size++;
    this.#slots[this.#find(id)] = position + 1;
    return true;
  }

  #grow(): void {
    const capacity = Math.min(this.#maxIds, Math.max(FIRST_CAPACITY, this.#capacity * 2));
    const ring = new Uint8Array(capacity * ID_BYTES);
    // Full when it grows: the ring is its two halves, oldest first.
    ring.set(this.#ring.subarray(this.#oldest * ID_BYTES));
    ring.set(this.#ring.subarray(0, this.#oldest * ID_BYTES), (this.#capacity - this.#oldest) * ID_BYTES);
    this.#ring = ring;
    this.#capacity = capacity;
    this.#oldest = 0;
    this.#slots = new Uint16Array(slotCount(capacity));
    for (let i = 0; i < this.#size; i++) this.#slots[this.#find(this.#idAt(i))] = i + 1;
  }

  #idAt(position: number): Uint8Array {
    return this.#ring.subarray(position * ID_BYTES, (position + 1) * ID_BYTES);
  }

  /** The slot that holds `id`, or the empty one where it would go. */
  #find(id: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = homeSlot(id, 0) & mask;
    for (;;) {
      const entry = this.#slots[slot]!;
      if (entry === 0 || sameId(this.#ring, (entry - 1) * ID_BYTES, id)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #forgetOldest(): void {
    const mask = this.#slots.length - 1;
    let hole = this.#find(this.#idAt(this.#oldest));
    // Backward-shift deletion: no tombstones, so probes stay short for ever.
    for (let slot = (hole + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = homeSlot(this.#ring, (this.#slots[slot]! - 1) * ID_BYTES) & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.#slots[hole] = this.#slots[slot]!;
        hole = slot;
      }
    }
    this.#slots[hole] = 0;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
    this.#size--;
  }
}

/** Ids are random, or end in a big-endian count (whose fast byte is the last): low bits from both. */
function homeSlot(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8)) ^ (bytes[at + 15]! | (bytes[at + 14]! << 8)) ^ (bytes[at + 6]! << 4);
}

function sameId(ring: Uint8Array, at: number, id: Uint8Array): boolean {
  for (let i = 0; i < ID_BYTES; i++) if (ring[at + i] !== id[i]) return false;
  return true;
}

/** The power of two at or above twice the capacity. */
function slotCount(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity * 2));
}
