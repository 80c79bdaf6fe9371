/** Ids: 16 opaque bytes (spec, preamble). */
import type { Entropy } from "../../ports/entropy.ts";
import { ID_BYTES } from "./wire.ts";

const PREFIX_BYTES = 8;

/**
 * Makes ids that differ from each other and, by eight random bytes drawn once, from those of any other source: one draw a
 * session, so that an acknowledgement does not cost a call into the system's generator.
 *
 * @example
 * ```ts
 * import { IdSource } from "tidewire/snapshot";
 * const ids = new IdSource({ fill: (into) => crypto.getRandomValues(into) });
 * ids.next().length; // 16
 * ```
 */
export class IdSource {
  readonly #id: Uint8Array = new Uint8Array(ID_BYTES);
  readonly #view: DataView = new DataView(this.#id.buffer);
  #count = 0;

  constructor(entropy: Entropy) {
    entropy.fill(this.#id.subarray(0, PREFIX_BYTES));
  }

  /** A new id, in a buffer of its own. */
  next(): Uint8Array {
    this.#count++;
    this.#view.setUint32(PREFIX_BYTES, this.#count / 0x1_0000_0000);
    this.#view.setUint32(PREFIX_BYTES + 4, this.#count >>> 0);
    return this.#id.slice();
  }
}

/**
 * An id as a map key: eight characters, two bytes each. Spelt out, because spreading the bytes takes four times as long.
 *
 * @example
 * ```ts
 * import { idKey } from "tidewire/snapshot";
 * const seen = new Set<string>();
 * seen.add(idKey(new Uint8Array(16)));
 * seen.has(idKey(new Uint8Array(16))); // true
 * ```
 */
export function idKey(id: Uint8Array): string {
  return String.fromCharCode(
    id[0]! | (id[1]! << 8),
    id[2]! | (id[3]! << 8),
    id[4]! | (id[5]! << 8),
    id[6]! | (id[7]! << 8),
    id[8]! | (id[9]! << 8),
    id[10]! | (id[11]! << 8),
    id[12]! | (id[13]! << 8),
    id[14]! | (id[15]! << 8),
  );
}

/**
 * An id as people and JSON read it: 32 hexadecimal digits.
 *
 * @example
 * ```ts
 * import { idHex } from "tidewire/snapshot";
 * idHex(Uint8Array.of(0x0a, 0xff)); // "0aff"
 * ```
 */
export function idHex(id: Uint8Array): string {
  let text = "";
  for (const byte of id) text += HEX[byte];
  return text;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
