/** What is refused by its size, before it is held or decompressed (spec §3). */
import { beforeAll, describe, expect, it } from "vitest";
import { zstdCompressor } from "../../../src/node/zstd.ts";
import type { Compressor } from "../../../src/ports/compressor.ts";
import { encodeFrame, encodeSnapshot, FLAG_COMPRESSED } from "../../../src/protocols/snapshot/mod.ts";
import { envelope, id, joined, partFrame, snapshotOf } from "./messages_of.ts";
import { ServerFixture } from "./server_fixture.ts";

let compressor: Compressor;
beforeAll(async () => {
  compressor = await zstdCompressor();
});

const CONTENT = encodeSnapshot(snapshotOf(id(1), 30));

describe("what is too large is refused before it is taken", () => {
  /** A compressor that must not be asked. */
  const untouched: Compressor = {
    compress: (bytes) => bytes,
    decompress: () => {
      throw new Error("decompressed");
    },
  };
  const zstd = (...bytes: number[]): Uint8Array =>
    encodeFrame(envelope("snapshot", 1, { flags: FLAG_COMPRESSED }), Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...bytes));

  it("a zstd header without a content size, with one over the limit, or with a window over it", () => {
    for (const frame of [
      zstd(0x00, 0x58, 0, 0, 0),
      zstd(0xa0, 0x01, 0x00, 0x00, 0x01, 1, 0, 0),
      zstd(0xe0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
      zstd(0xe0, 0, 0, 0, 0, 0, 0, 0, 0x80),
      zstd(0x80, 0xf8, 0x00, 0x01, 0x00, 0x00, 1, 0, 0),
    ]) {
      const server = ServerFixture.established({ compressor: untouched }, 2);
      server.receive(frame);
      expect(server.answers()).toEqual(["refused PAYLOAD_TOO_LARGE 01"]);
    }
  });

  it("what is no zstd frame, or a broken one, fails to decompress", () => {
    const packed = compressor.compress(CONTENT);
    packed[packed.length - 5]! ^= 0xff;
    const frames = [
      encodeFrame(envelope("snapshot", 1, { flags: FLAG_COMPRESSED }), CONTENT),
      encodeFrame(envelope("snapshot", 1, { flags: FLAG_COMPRESSED }), compressor.compress(CONTENT).subarray(0, 100)),
      encodeFrame(
        envelope("snapshot", 1, { flags: FLAG_COMPRESSED }),
        joined(compressor.compress(CONTENT), Uint8Array.of(0)),
      ),
      encodeFrame(envelope("snapshot", 1, { flags: FLAG_COMPRESSED })),
      zstd(0x20),
    ];
    for (const frame of frames) {
      const server = ServerFixture.established({ compressor }, 2);
      server.receive(frame);
      expect(server.answers()).toEqual(["refused DECOMPRESSION_FAILED 01"]);
    }
  });

  it("a snapshot over maxSnapshotBytes, compressed or in parts", () => {
    const server = ServerFixture.established({ compressor, maxSnapshotBytes: 1_000 }, 2);
    const packed = compressor.compress(new Uint8Array(1_001));
    server.receive(
      encodeFrame(envelope("snapshot", 1, { flags: FLAG_COMPRESSED }), packed),
      partFrame({ totalBytes: 1_001 }, new Uint8Array(10), 2),
      encodeFrame(envelope("snapshot", 3), new Uint8Array(1_001)),
    );
    expect(server.answers()).toEqual([
      "refused PAYLOAD_TOO_LARGE 01",
      "refused PAYLOAD_TOO_LARGE 02",
      "refused PAYLOAD_TOO_LARGE 03",
    ]);
  });
});
