/**
 * A digest of a text: a whole number of 53 bits (two multiplicative hashes of 32 bits, mixed). It tells texts apart that differ by
 * chance, and is no defence against texts that were made to look the same.
 *
 * @example
 * ```ts
 * textDigest("a") === textDigest("b"); // false
 * ```
 */
export function textDigest(text: string): number {
  let high = 0xdead_beef;
  let low = 0x41c6_ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 0x1_0000_0000 * (high & 0x1f_ffff) + (low >>> 0);
}
