/** However a stream is cut into chunks, the same comes out: of the scanner, and of real sessions behind a handshake. */
import type { Compressor } from "../../src/ports/compressor.ts";
import type { ProtocolDefinition } from "../../src/protocols/definition.ts";
import { assertEqual } from "./assert.ts";
import type { ConformanceCase, ConformanceRuntime } from "./case.ts";
import { bytewise, randomChunks, SeededRandom, splitPoints } from "./chunkings.ts";
import { framesOf } from "./frames_of.ts";
import { observeScan, observeSession } from "./observe.ts";
import { vectorsOf } from "./vectors.ts";

/** Streams up to twice this are split everywhere; of longer ones, so many bytes at each end. */
const EDGE_BYTES = 4_096;
const RANDOM_CHUNKINGS = 1_000;

/** Something that is fed chunks and tells what it made of them; fresh for each feed. */
interface Subject {
  readonly name: string;
  feed(chunks: Iterable<Uint8Array>): string[];
}

export function chunkingCases(definition: ProtocolDefinition, runtime: ConformanceRuntime): ConformanceCase[] {
  const sides = definition.openSessions?.(new Uint8Array(0), { compressor: undefined }).map(({ side }) => side) ?? [];
  return [undefined, ...sides].flatMap((side) => {
    const forEach = (how: string, check: (name: string, bytes: Uint8Array, subject: Subject) => void) => ({
      name: `${definition.name}: the ${side === undefined ? "scanner" : `session of the ${side}`} gives the same ${how}`,
      async run() {
        const compressor = await runtime.compressor();
        for (const { name, bytes } of await vectorsOf(definition, runtime)) {
          check(name, bytes, subjectOf(definition, bytes, side, compressor));
        }
      },
    });
    return [
      forEach("byte by byte", (name, bytes, subject) => {
        assertEqual(subject.feed(bytewise(bytes)), subject.feed([bytes]), name);
      }),
      forEach("split in two anywhere", (name, bytes, subject) => assertSplits(definition, name, bytes, subject)),
      forEach(`in ${RANDOM_CHUNKINGS} random chunkings`, (name, bytes, subject) => {
        const whole = subject.feed([bytes]);
        for (let seed = 1; seed <= RANDOM_CHUNKINGS; seed++) {
          assertEqual(subject.feed(randomChunks(bytes, new SeededRandom(seed))), whole, `${name}, seed ${seed}`);
        }
      }),
    ];
  });
}

function subjectOf(
  definition: ProtocolDefinition,
  bytes: Uint8Array,
  side: string | undefined,
  compressor: Compressor,
): Subject {
  if (side === undefined) return { name: "scanner", feed: (chunks) => observeScan(definition, chunks) };
  return {
    name: side,
    feed: (chunks) => {
      const session = definition.openSessions!(bytes, { compressor }).find((one) => one.side === side);
      return observeSession(session!, chunks);
    },
  };
}

function assertSplits(definition: ProtocolDefinition, name: string, bytes: Uint8Array, subject: Subject): void {
  for (const [from, to] of edges(definition, bytes)) {
    const stream = bytes.subarray(from, to);
    const whole = subject.feed([stream]);
    const points = splitPoints(stream.length, EDGE_BYTES).filter((at) => isEdge(from + at, bytes.length));
    for (const at of points) {
      const seen = subject.feed([stream.subarray(0, at), stream.subarray(at)]);
      assertEqual(seen, whole, `${name} from ${from} to ${to}, split at ${at}`);
    }
  }
}

function isEdge(at: number, length: number): boolean {
  return at <= EDGE_BYTES || at >= length - EDGE_BYTES;
}

/**
 * The stretches of a stream in which it is split: whole frames, because what lies far from a split is the same to it. A
 * short stream is one stretch.
 */
function edges(definition: ProtocolDefinition, bytes: Uint8Array): [number, number][] {
  if (bytes.length <= 2 * EDGE_BYTES) return [[0, bytes.length]];
  let headEnd = bytes.length;
  let tailStart = 0;
  for (const frame of framesOf(definition, bytes)) {
    const end = frame.offset + frame.bytes.length;
    if (end >= EDGE_BYTES) headEnd = Math.min(headEnd, end);
    if (frame.offset <= bytes.length - EDGE_BYTES) tailStart = frame.offset;
  }
  return [
    [0, headEnd],
    [tailStart, bytes.length],
  ];
}
