import { describe, expect, it } from "vitest";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { FRAMES_PER_ROUND, runFuzz } from "./fuzz.ts";
import { vectorStreams } from "./vector_streams.ts";
import { runZmtpFuzz } from "./zmtp_fuzz.ts";
import { zmtpScenes } from "./zmtp_scenes.ts";

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

/** `npm run -s fuzz` does a million. */
const ZMTP_FRAMES = 100_000;

describe("mutated frames of ZMTP", () => {
  it("give only coded refusals, from bounded memory, in every state of a session", () => {
    const { counts, frames, maxHeldBytes } = runZmtpFuzz({
      seed: 1,
      count: ZMTP_FRAMES,
      streams: vectorStreams("zmtp"),
    });
    expect(frames).toBe(ZMTP_FRAMES);
    expect(maxHeldBytes).toBeGreaterThan(0);
    for (const code of [
      "old-version",
      "bad-mechanism",
      "mechanism-mismatch",
      "unexpected-command",
      "early-message",
      "bad-metadata",
      "metadata-too-large",
      "bad-socket-type",
      "bad-identity",
      "bad-hello",
      "denied",
      "peer-error",
      "handshake-timeout",
      "frame-too-large",
      "message-too-large",
      "too-many-frames",
      "command-too-large",
      "bad-command",
      "bad-frame",
      "bad-length",
      "bad-ping",
      "silence",
      "curve-bad-size",
      "curve-version-unsupported",
      "curve-wrong-server-key",
      "curve-bad-cookie",
      "curve-bad-initiate",
      "curve-bad-ready",
      "curve-not-a-message",
      "curve-replayed-nonce",
      "curve-bad-tag",
    ]) {
      expect.soft(counts.get(`zmtp/${code}`) ?? 0, code).toBeGreaterThan(0);
    }
    for (const event of ["zmtp ready", "zmtp authenticate", "zmtp message", "zmtp message of several parts"]) {
      expect.soft(counts.get(event) ?? 0, event).toBeGreaterThan(0);
    }
  }, 120_000);

  it("are the same for the same seed", () => {
    const count = zmtpScenes().length * FRAMES_PER_ROUND;
    const options = { seed: 77, count, streams: vectorStreams("zmtp") };
    expect(runZmtpFuzz(options)).toEqual(runZmtpFuzz(options));
  });
});
