const REFLECTED_POLYNOMIAL = 0xedb88320;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ REFLECTED_POLYNOMIAL : remainder >>> 1;
  return remainder;
});

/** CRC-32/ISO-HDLC, one byte at a time. */
export function crc32Reference(bytes: Uint8Array, seed = 0): number {
  let register = ~seed;
  for (const byte of bytes) register = (register >>> 8) ^ TABLE[(register ^ byte) & 0xff]!;
  return ~register >>> 0;
}
