/** The conformance suite: every protocol of the catalogue against its vectors. Runs wherever its files can be read. */
import type { Compressor } from "../../src/ports/compressor.ts";
import { CATALOGUE } from "../../src/protocols/catalogue.ts";
import type { ProtocolDefinition, Reencoder } from "../../src/protocols/definition.ts";
import { assert, assertEqual, assertSameBytes } from "./assert.ts";
import type { ConformanceCase, ConformanceRuntime } from "./case.ts";
import { chunkingCases } from "./chunking_cases.ts";
import { framesOf, type StreamFrame } from "./frames_of.ts";
import { jsonValue, observeScan, readRows } from "./observe.ts";
import { snapshotCases } from "./snapshot_cases.ts";
import { type Vector, vectorsOf } from "./vectors.ts";
import { zmtpCases } from "./zmtp_cases.ts";

/** Every bit is flipped of vectors up to this size. */
const MAX_FLIPPED_BYTES = 4_096;

/** All cases on one runtime. */
export function conformanceCases(runtime: ConformanceRuntime): ConformanceCase[] {
  return [
    ...CATALOGUE.flatMap((definition) => casesOf(definition, runtime)),
    ...snapshotCases(runtime),
    ...zmtpCases(runtime),
  ];
}

function casesOf(definition: ProtocolDefinition, runtime: ConformanceRuntime): ConformanceCase[] {
  const forEach = (name: string, check: (vector: Vector, compressor: Compressor) => void): ConformanceCase => ({
    name: `${definition.name}: ${name}`,
    async run() {
      const compressor = await runtime.compressor();
      for (const vector of await vectorsOf(definition, runtime)) check(vector, compressor);
    },
  });
  const { layout, createReencoder } = definition;
  return [
    forEach("every vector decodes to its rows", (vector, compressor) => {
      assertEqual(jsonValue(readRows(definition, vector.bytes, { compressor })), vector.rows, vector.name);
    }),
    ...(createReencoder === undefined
      ? []
      : [
          forEach("every good vector is written again to its bytes", (vector, compressor) => {
            if (vector.isGood) assertCanonical(definition, createReencoder({ compressor }), vector);
          }),
        ]),
    ...(layout.type === "framed" && layout.framing.crcBytes > 0
      ? [
          forEach("no flipped bit goes unseen", (vector) => {
            if (vector.bytes.length <= MAX_FLIPPED_BYTES) assertFlipsSeen(definition, vector);
          }),
        ]
      : []),
    ...chunkingCases(definition, runtime),
  ];
}

function assertCanonical(definition: ProtocolDefinition, reencoder: Reencoder, { name, bytes }: Vector): void {
  for (const frame of framesOf(definition, bytes)) {
    for (const { of, found, canonical } of reencoder.reencode(frame.bytes)) {
      assertSameBytes(canonical, found, `${name}: ${of} at ${frame.offset}`);
    }
  }
}

/** A flipped bit may break more than its frame, but that frame never comes out whole where it stood. */
function assertFlipsSeen(definition: ProtocolDefinition, { name, bytes }: Vector): void {
  const before = observeScan(definition, [bytes]);
  const flipped = bytes.slice();
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    flipped[bit >>> 3]! ^= 1 << (bit & 7);
    const after = observeScan(definition, [flipped]);
    flipped[bit >>> 3]! ^= 1 << (bit & 7);
    const intact = after.every((text) => text.startsWith("ok at"));
    assert(!intact, `${name}: bit ${bit} flipped, and the stream is still taken for whole`);
    const hit = frameAround(definition, bytes, bit >>> 3);
    const unseen =
      hit !== undefined && after.some((text) => text.startsWith(`ok at ${hit.offset}: ${hit.bytes.length} `));
    assert(!unseen, `${name}: bit ${bit} flipped, and its frame is still taken for whole`);
  }
  assertEqual(observeScan(definition, [flipped]), before, `${name} after all flips`);
}

function frameAround(definition: ProtocolDefinition, stream: Uint8Array, at: number): StreamFrame | undefined {
  return framesOf(definition, stream).find(({ offset, bytes }) => at >= offset && at < offset + bytes.length);
}
