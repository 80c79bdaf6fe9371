/** Broken frames through decoder and sessions: only coded refusals come out, and memory stays bounded. */
import type { Compressor } from "../../src/ports/compressor.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { SeededRandom } from "../conformance/chunkings.ts";
import { corpusFrom } from "./corpus.ts";
import { Mutator } from "./mutator.ts";
import { segmentedFrames } from "./snapshot_corpus.ts";
import { AgentTarget, ServerTarget } from "./snapshot_targets.ts";
import { type FuzzTarget, ReaderTarget, Tally } from "./targets.ts";

/** Frames for one set of sessions: few enough that a failing round is read in minutes. */
export const FRAMES_PER_ROUND = 50;

export interface FuzzOptions {
  /** The first round's seed; each round after it takes the next number. */
  readonly seed: number;
  readonly count: number;
  /** Streams to take frames from. */
  readonly streams: readonly Uint8Array[];
  readonly compressor: Compressor;
}

export interface FuzzReport {
  readonly frames: number;
  /** How often each thing was said: how deep the frames came. */
  readonly counts: ReadonlyMap<string, number>;
  /** The most that a target held for its peer. */
  readonly maxHeldBytes: number;
}

/** @throws Error with the command that replays the round that failed */
export function runFuzz(options: FuzzOptions): FuzzReport {
  return withoutStacks(options.count > FRAMES_PER_ROUND, () => runRounds(options));
}

/** Of a million refusals nobody reads the stacks, and they take a fifth of the time; a replay of one round has them. */
export function withoutStacks<Result>(isMany: boolean, run: () => Result): Result {
  const traced = Error as { stackTraceLimit?: number };
  const { stackTraceLimit } = traced;
  if (isMany) traced.stackTraceLimit = 0;
  try {
    return run();
  } finally {
    if (stackTraceLimit !== undefined) traced.stackTraceLimit = stackTraceLimit;
  }
}

function runRounds({ seed, count, streams, compressor }: FuzzOptions): FuzzReport {
  const corpus = corpusFrom(SNAPSHOT_PROTOCOL, [...streams, ...segmentedFrames(compressor)], { compressor });
  const tally = new Tally();
  let maxHeldBytes = 0;
  let frames = 0;
  for (let round = seed; frames < count; round++) {
    const random = new SeededRandom(round);
    const mutator = new Mutator(corpus, SNAPSHOT_PROTOCOL.layout.framing, random);
    const roundFrames = Math.min(FRAMES_PER_ROUND, count - frames);
    let left = roundFrames;
    try {
      const targets: readonly FuzzTarget[] = [
        new ReaderTarget(SNAPSHOT_PROTOCOL, { compressor }),
        // An agent's session has less to read, so it comes less often.
        round % 3 === 0 ? new AgentTarget(random, compressor, mutator) : new ServerTarget(random, compressor),
      ];
      for (; left > 0; left--) maxHeldBytes = Math.max(maxHeldBytes, feed(mutator.next(), targets, random, tally));
    } catch (cause) {
      const replay = `npm run -s fuzz -- --protocol snapshot --seed ${round} --count ${roundFrames - left + 1}`;
      throw new Error(`${cause instanceof Error ? cause.message : cause}\nreplay: ${replay}`, { cause });
    }
    frames += roundFrames;
  }
  return { frames, counts: tally.counts, maxHeldBytes };
}

/** Feeds one frame, whole or in two chunks; gives the most that a target held. */
function feed(frame: Uint8Array, targets: readonly FuzzTarget[], random: SeededRandom, tally: Tally): number {
  const cut = random.below(4) === 0 ? random.below(frame.length + 1) : 0;
  const before = frame.slice();
  let most = 0;
  for (const target of targets) {
    if (cut > 0) target.feed(frame.subarray(0, cut), tally);
    target.feed(frame.subarray(cut), tally);
    const { name, heldBytes, maxHeldBytes } = target;
    if (heldBytes > maxHeldBytes)
      throw new Error(`the ${name} holds ${heldBytes} bytes, at most ${maxHeldBytes} are allowed`);
    most = Math.max(most, heldBytes);
  }
  // A target that writes to what it was lent would break its host, and the targets after it here.
  if (frame.some((byte, i) => byte !== before[i])) throw new Error("a target changed the chunk");
  return most;
}
