import { compress, init } from "@bokuweb/zstd-wasm";
import { beforeAll, describe, expect, test } from "vitest";
import { type ZstdHeader, type ZstdRefusal, zstdContentBytes } from "../../src/core/mod.ts";
import { randomBytes, seeded } from "./seeded.ts";

const LIMITS = { maxContentBytes: 16_777_216, maxWindowBytes: 8_388_608 };
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

function header(...bytes: number[]): ZstdHeader {
  return zstdContentBytes(Uint8Array.from([...MAGIC, ...bytes]), LIMITS);
}

function refused(reason: ZstdRefusal): ZstdHeader {
  return { ok: false, reason };
}

function content(contentBytes: number): ZstdHeader {
  return { ok: true, contentBytes };
}

describe("headers made by hand", () => {
  test("all widths of the content size, the two-byte one counting from 256", () => {
    expect(header(0x20, 0)).toEqual(content(0));
    expect(header(0x20, 255)).toEqual(content(255));
    expect(header(0x60, 0, 0)).toEqual(content(256));
    expect(header(0x60, 0xff, 0xff)).toEqual(content(65_791));
    expect(header(0xa0, 0x40, 0x42, 0x0f, 0)).toEqual(content(1_000_000));
    expect(header(0xe0, 0x40, 0x42, 0x0f, 0, 0, 0, 0, 0)).toEqual(content(1_000_000));
    expect(header(0x40, 0x50, 1, 0)).toEqual(content(257));
    expect(header(0x80, 0x50, 0x40, 0x42, 0x0f, 0)).toEqual(content(1_000_000));
  });

  test("a checksum and the unused bit change nothing", () => {
    expect(header(0x24, 7)).toEqual(content(7));
    expect(header(0x30, 7)).toEqual(content(7));
  });

  test("a content size that is missing", () => {
    expect(header(0x00, 0x50)).toEqual(refused("contentSizeMissing"));
  });

  test("a reserved bit, and a dictionary of every width", () => {
    expect(header(0x28, 1)).toEqual(refused("reservedBit"));
    for (const width of [1, 2, 3]) expect(header(0x20 | width, 1, 1, 1, 1, 1)).toEqual(refused("dictionary"));
  });

  test("content over the limit, to the byte", () => {
    expect(header(0xa0, 0, 0, 0, 1)).toEqual(content(16_777_216));
    expect(header(0xa0, 1, 0, 0, 1)).toEqual(refused("contentTooLarge"));
    expect(header(0xe0, 255, 255, 255, 255, 255, 255, 255, 255)).toEqual(refused("contentTooLarge"));
  });

  test("a window over the limit, with its mantissa", () => {
    expect(header(0x80, 13 << 3, 1, 0, 0, 0)).toEqual(content(1));
    expect(header(0x80, (13 << 3) | 1, 1, 0, 0, 0)).toEqual(refused("windowTooLarge"));
    expect(header(0x80, 0xff, 1, 0, 0, 0)).toEqual(refused("windowTooLarge"));
  });

  test("a window's size to the byte: 8 MiB and an eighth", () => {
    const frame = Uint8Array.from([...MAGIC, 0x80, (13 << 3) | 1, 1, 0, 0, 0]);
    expect(zstdContentBytes(frame, { ...LIMITS, maxWindowBytes: 9_437_184 })).toEqual(content(1));
    expect(zstdContentBytes(frame, { ...LIMITS, maxWindowBytes: 9_437_183 })).toEqual(refused("windowTooLarge"));
  });

  test("what is not a zstd frame: noise, a skippable frame, an older format", () => {
    expect(zstdContentBytes(Uint8Array.of(1, 2, 3, 4, 5, 6), LIMITS)).toEqual(refused("notZstd"));
    expect(zstdContentBytes(Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0), LIMITS)).toEqual(refused("notZstd"));
    expect(zstdContentBytes(Uint8Array.of(0x27, 0xb5, 0x2f, 0xfd, 0x20, 1), LIMITS)).toEqual(refused("notZstd"));
    expect(zstdContentBytes(Uint8Array.of(0x28, 0xb6), LIMITS)).toEqual(refused("notZstd"));
  });

  test("a header that is cut off anywhere", () => {
    for (const whole of [
      [0x20, 9],
      [0x60, 1, 1],
      [0xa0, 1, 1, 1, 0],
      [0x80, 0x50, 1, 1, 1, 0],
      [0xe0, 1, 0, 0, 0, 0, 0, 0, 0],
    ]) {
      const bytes = Uint8Array.from([...MAGIC, ...whole]);
      for (let length = 0; length < bytes.length; length++) {
        expect(zstdContentBytes(bytes.subarray(0, length), LIMITS)).toEqual(refused("truncated"));
      }
      expect(zstdContentBytes(bytes, LIMITS).ok).toBe(true);
    }
  });
});

describe("frames that a real compressor wrote", () => {
  beforeAll(async () => await init());

  test.each([0, 1, 255, 256, 257, 65_791, 65_792, 300_000])("%i bytes", (length) => {
    for (const bytes of [new Uint8Array(length), randomBytes(seeded(length + 1), length)]) {
      expect(zstdContentBytes(compress(bytes, 3), LIMITS)).toEqual(content(length));
    }
  });
});
