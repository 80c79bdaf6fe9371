/** Whether the lengths that bad frames declare can be believed. */
import { type Framing, findFrame } from "../core/mod.ts";
import { isSkippable, probeFrame } from "./frame_probe.ts";

/** So many bad frames in a row are followed by their lengths, as many as close a connection; more is noise. */
const MAX_BAD_FRAMES = 8;

/**
 * Where a chain of declared lengths leads: to a good frame or exactly to the end (`good`), to a frame that the end cuts off
 * (`unfinished`), nowhere, or not known until the stream is there up to `wantedOffset`.
 */
export type ChainLead =
  | { readonly type: "good" | "unfinished" | "nowhere" }
  | { readonly type: "unknown"; readonly wantedBytes: number };

/**
 * Follows the declared lengths from `from`, where one bad frame before it claims that the next one starts.
 *
 * @param ended whether `bytes` reach to the end of the stream
 */
export function followChain(framing: Framing, bytes: Uint8Array, from: number, ended: boolean): ChainLead {
  // The bound of what has to be held for an answer.
  const lastStart = from + (MAX_BAD_FRAMES - 1) * framing.maxFrameBytes;
  let at = from;
  for (let badFrames = 1; badFrames <= MAX_BAD_FRAMES && at <= lastStart; badFrames++) {
    if (at > bytes.length) return ended ? { type: "nowhere" } : { type: "unknown", wantedBytes: at };
    if (at === bytes.length && ended) return { type: "good" };
    const probe = probeFrame(framing, bytes, at);
    if (probe.status === "ok") return { type: "good" };
    if (probe.status === "short") {
      return ended ? { type: "unfinished" } : { type: "unknown", wantedBytes: at + probe.wantedBytes };
    }
    if (probe.status === "tooSmall" || !isSkippable(framing, probe.declaredBytes)) break;
    at += probe.declaredBytes;
  }
  return { type: "nowhere" };
}

/**
 * The start of good frames that lie in `bytes` after its first byte and reach exactly to its end; -1 if there are none. A
 * frame that claims them as its own has a damaged length field.
 */
export function findClaimedFrames(framing: Framing, bytes: Uint8Array): number {
  let from = 1;
  for (;;) {
    const first = findFrame(framing, bytes, from);
    if (first < 0) return -1;
    let at = first;
    while (at < bytes.length) {
      const probe = probeFrame(framing, bytes, at);
      if (probe.status !== "ok") break;
      at += probe.declaredBytes;
    }
    if (at === bytes.length) return first;
    from = at;
  }
}
