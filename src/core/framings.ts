import type { Framing } from "./framing.ts";

/** `[u32 LE length of the rest][u32 LE CRC of the body][body]`, at most 256 KiB in all. */
export const LENGTH_CRC_BODY: Framing = {
  name: "length-crc-body",
  lengthAt: 0,
  lengthBytes: 4,
  lengthBigEndian: false,
  lengthAdds: 4,
  crcBytes: 4,
  crcAt: 4,
  crcBigEndian: false,
  crcFrom: 8,
  crcToEnd: 0,
  minFrameBytes: 42,
  maxFrameBytes: 262_144,
  maxSkipBytes: 16_777_216,
};

/** `[u32 BE length of the body][body][u32 LE CRC of the body]`, with a body of at most 256 KiB. */
export const LENGTH_BODY_CRC: Framing = {
  name: "length-body-crc",
  lengthAt: 0,
  lengthBytes: 4,
  lengthBigEndian: true,
  lengthAdds: 8,
  crcBytes: 4,
  crcAt: -4,
  crcBigEndian: false,
  crcFrom: 4,
  crcToEnd: 4,
  minFrameBytes: 8,
  maxFrameBytes: 262_152,
  maxSkipBytes: 16_777_216,
};
