import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { jsonLine } from "../../src/inspect/mod.ts";
import { zstdCompressor } from "../../src/node/zstd.ts";
import { SNAPSHOT_DEMO_PROTOCOL } from "../../src/protocols/snapshot_demo/protocol.ts";
import { SeededRandom } from "../conformance/chunkings.ts";
import { corpusFrom } from "./corpus.ts";
import { Mutator } from "./mutator.ts";
import { ReaderTarget, Tally } from "./targets.ts";

const FRAMES = 100_000;

it("mutated frames of the earlier demo give rows or coded refusals, and every refusal comes up", async () => {
  const compressor = await zstdCompressor();
  const folder = "fixtures/snapshot_demo";
  const streams = readdirSync(folder)
    .filter((name) => name.endsWith(".tide"))
    .map((name) => new Uint8Array(readFileSync(`${folder}/${name}`)));
  const corpus = corpusFrom(SNAPSHOT_DEMO_PROTOCOL, streams, { compressor });
  const mutator = new Mutator(corpus, SNAPSHOT_DEMO_PROTOCOL.layout.framing, new SeededRandom(5));
  const tally = new Tally();
  // What is read must be printable, whatever the numbers in it.
  const printing = {
    ...SNAPSHOT_DEMO_PROTOCOL,
    createReader(options: Parameters<typeof SNAPSHOT_DEMO_PROTOCOL.createReader>[0]) {
      const reader = SNAPSHOT_DEMO_PROTOCOL.createReader(options);
      return {
        read(frame: Uint8Array) {
          const row = reader.read(frame);
          jsonLine(row);
          return row;
        },
      };
    },
  };
  for (let i = 0; i < FRAMES; i++) {
    const target = new ReaderTarget(printing, { compressor });
    target.feed(mutator.next(), tally);
    expect(target.heldBytes).toBeLessThanOrEqual(target.maxHeldBytes);
  }
  const refusals = ["frame-malformed", "unknown-message-type", "payload-malformed", "payload-too-large"];
  for (const code of [...refusals, "decompression-failed"]) {
    expect.soft(tally.counts.get(`snapshot_demo/${code}`) ?? 0, code).toBeGreaterThan(0);
  }
  expect(tally.counts.get("decoded")).toBeGreaterThan(FRAMES / 50);
}, 60_000);
