/** Broken frames of ZMTP through sessions in every state, and through the reader: only coded refusals come out. */

import { ZMTP_PROTOCOL } from "../../src/protocols/zmtp/protocol.ts";
import { SeededRandom } from "../conformance/chunkings.ts";
import { framesOf } from "../conformance/frames_of.ts";
import { FRAMES_PER_ROUND, type FuzzReport, withoutStacks } from "./fuzz.ts";
import { Tally } from "./targets.ts";
import { ZmtpMutator } from "./zmtp_mutator.ts";
import { type Scene, zmtpScenes } from "./zmtp_scenes.ts";
import { ZmtpReaderTarget, ZmtpTarget } from "./zmtp_target.ts";

export interface ZmtpFuzzOptions {
  /** The first round's seed; each round after it takes the next number. */
  readonly seed: number;
  readonly count: number;
  /** Streams to take frames from, beside those that the sessions' peers say. */
  readonly streams: readonly Uint8Array[];
}

/** @throws Error with the command that replays the round that failed */
export function runZmtpFuzz(options: ZmtpFuzzOptions): FuzzReport {
  return withoutStacks(options.count > FRAMES_PER_ROUND, () => runRounds(options));
}

function runRounds({ seed, count, streams }: ZmtpFuzzOptions): FuzzReport {
  const scenes = zmtpScenes();
  const any = streams.flatMap((stream) => framesOf(ZMTP_PROTOCOL, stream).map(({ bytes }) => bytes));
  const tally = new Tally();
  let maxHeldBytes = 0;
  let frames = 0;
  for (let round = seed; frames < count; round++) {
    const scene = scenes[round % scenes.length]!;
    const roundFrames = Math.min(FRAMES_PER_ROUND, count - frames);
    maxHeldBytes = Math.max(maxHeldBytes, runRound(scene, any, round, roundFrames, tally));
    frames += roundFrames;
  }
  return { frames, counts: tally.counts, maxHeldBytes };
}

/** Sessions in one state, one after the other, since each ends with its first fault. Gives the most that one held. */
function runRound(scene: Scene, any: readonly Uint8Array[], seed: number, frames: number, tally: Tally): number {
  const random = new SeededRandom(seed);
  const isWebSocket = scene.options.wire !== "stream";
  const mutator = new ZmtpMutator({ next: scene.frames, any: isWebSocket ? scene.frames : any, isWebSocket }, random);
  let most = 0;
  let left = frames;
  try {
    let target = new ZmtpTarget(scene, random, tally);
    let reader = isWebSocket ? undefined : new ZmtpReaderTarget(scene.opening);
    for (; left > 0; left--) {
      const frame = mutator.next();
      reader?.feed(frame, tally);
      feed(target, frame, isWebSocket, random, tally);
      most = Math.max(most, target.heldBytes);
      if (!target.isOver) continue;
      target = new ZmtpTarget(scene, random, tally);
      reader = isWebSocket ? undefined : new ZmtpReaderTarget(scene.opening);
      mutator.restart();
    }
  } catch (cause) {
    const replay = `npm run -s fuzz -- --protocol zmtp --seed ${seed} --count ${frames - left + 1}`;
    throw new Error(`${scene.name}: ${cause instanceof Error ? cause.message : cause}\nreplay: ${replay}`, { cause });
  }
  return most;
}

/** Feeds one frame, whole or in two chunks. */
function feed(target: ZmtpTarget, frame: Uint8Array, isWhole: boolean, random: SeededRandom, tally: Tally): void {
  const cut = !isWhole && random.below(4) === 0 ? random.below(frame.length + 1) : 0;
  const before = frame.slice();
  if (cut > 0) target.feed(frame.subarray(0, cut), tally);
  target.feed(frame.subarray(cut), tally);
  const { name, heldBytes, maxHeldBytes } = target;
  if (heldBytes > maxHeldBytes)
    throw new Error(`the ${name} holds ${heldBytes} bytes, at most ${maxHeldBytes} are allowed`);
  if (frame.some((octet, i) => octet !== before[i])) throw new Error("a target changed the chunk");
}
