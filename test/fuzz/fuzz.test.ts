import { describe, expect, it } from "vitest";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { FRAMES_PER_ROUND, runFuzz } from "./fuzz.ts";
import { vectorStreams } from "./vector_streams.ts";

const FRAMES = 1_000_000;

describe("a million mutated frames", () => {
  it("give only coded refusals, from bounded memory", async () => {
    const compressor = await zstdCompressor();
    const { counts, frames, maxHeldBytes } = runFuzz({ seed: 1, count: FRAMES, streams: vectorStreams(), compressor });
    expect(frames).toBe(FRAMES);
    expect(maxHeldBytes).toBeGreaterThan(0);
    // The frames came to where it hurts: every refusal that a peer can cause was caused.
    for (const code of [
      "frame-malformed",
      "frame-too-large",
      "crc-mismatch",
      "unknown-message-type",
      "unsupported-flag",
      "version-unsupported",
      "handshake-required",
      "handshake-repeated",
      "payload-malformed",
      "payload-too-large",
      "decompression-failed",
      "segment-conflict",
      "reassembly-overflow",
      "agent-mismatch",
      "compression-not-negotiated",
    ]) {
      expect.soft(counts.get(`snapshot/${code}`) ?? 0, code).toBeGreaterThan(0);
    }
    for (const event of ["server snapshot", "server duplicate", "server disconnect", "agent stored", "agent refused"]) {
      expect.soft(counts.get(event) ?? 0, event).toBeGreaterThan(0);
    }
  }, 120_000);

  it("are the same for the same seed", async () => {
    const compressor = await zstdCompressor();
    const options = { seed: 77, count: 20 * FRAMES_PER_ROUND, streams: vectorStreams(), compressor };
    expect(runFuzz(options)).toEqual(runFuzz(options));
  });
});
