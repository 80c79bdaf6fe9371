import { KEY_BYTES, NONCE_BYTES, TAG_BYTES } from "./curve_sizes.ts";

/** What is used of the module that `libsodium-wrappers` wraps: functions on addresses in its memory, lengths in two halves. */
export interface SodiumModule {
  /** A new view whenever the memory has grown. */
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  _crypto_box_easy_afternm(to: number, plain: number, bytes: number, high: number, nonce: number, key: number): number;
  _crypto_box_open_easy_afternm(
    to: number,
    box: number,
    bytes: number,
    high: number,
    nonce: number,
    key: number,
  ): number;
}

/** Seals and opens for `sodiumCurve`, which has looked at the sizes. */
export interface SodiumBoxes {
  /**
   * @param box room for the tag, then the plain bytes; afterwards sealed
   * @returns false when there is no memory for it
   */
  seal(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean;
  /** @returns the plain bytes; nothing when the tag does not fit or there is no memory */
  open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined;
}

/** Boxes up to here find their memory there already; it is what a module keeps. */
const KEPT_BOX_BYTES = 262_144;

/**
 * Seals and opens in libsodium's memory: one copy in, one copy out, and nothing allocated but what is handed out. The wrapper
 * allocates, copies and frees six times a call, which costs as much as the cipher for some kilobytes.
 */
export class SodiumMemory implements SodiumBoxes {
  readonly #module: SodiumModule;
  /** Nonce, key, then room for a box; 0 until it is wanted. */
  #kept = 0;

  constructor(module: SodiumModule) {
    this.#module = module;
  }

  seal(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): boolean {
    const at = this.#take(box.length);
    if (at === 0) return false;
    const module = this.#module;
    const boxAt = this.#place(at, box, nonce, key);
    const plainAt = boxAt + TAG_BYTES;
    const status = module._crypto_box_easy_afternm(boxAt, plainAt, box.length - TAG_BYTES, 0, at, at + NONCE_BYTES);
    const memory = module.HEAPU8;
    if (status === 0) box.set(memory.subarray(boxAt, boxAt + box.length));
    this.#giveBack(at, box.length);
    return status === 0;
  }

  open(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | undefined {
    const at = this.#take(box.length);
    if (at === 0) return undefined;
    const module = this.#module;
    const boxAt = this.#place(at, box, nonce, key);
    const plainAt = boxAt + TAG_BYTES;
    // To where the sealed bytes are: in place.
    const status = module._crypto_box_open_easy_afternm(plainAt, boxAt, box.length, 0, at, at + NONCE_BYTES);
    const plain = status === 0 ? module.HEAPU8.slice(plainAt, boxAt + box.length) : undefined;
    this.#giveBack(at, box.length);
    return plain;
  }

  #take(boxBytes: number): number {
    if (boxBytes > KEPT_BOX_BYTES) return this.#module._malloc(NONCE_BYTES + KEY_BYTES + boxBytes);
    if (this.#kept === 0) this.#kept = this.#module._malloc(NONCE_BYTES + KEY_BYTES + KEPT_BOX_BYTES);
    return this.#kept;
  }

  #place(at: number, box: Uint8Array, nonce: Uint8Array, key: Uint8Array): number {
    const memory = this.#module.HEAPU8;
    const boxAt = at + NONCE_BYTES + KEY_BYTES;
    memory.set(nonce, at);
    memory.set(key, at + NONCE_BYTES);
    memory.set(box, boxAt);
    return boxAt;
  }

  /** A key is not left behind: the box that wipes its own would not know of this one. */
  #giveBack(at: number, boxBytes: number): void {
    this.#module.HEAPU8.fill(0, at + NONCE_BYTES, at + NONCE_BYTES + KEY_BYTES);
    if (boxBytes > KEPT_BOX_BYTES) this.#module._free(at);
  }
}
