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

/** So many good frames inside a bad one are no payload that happens to hold some. */
const MIN_CLAIMED_FRAMES = 3;
/** And they take at least this share of it, up to the last that was looked at. */
const MIN_CLAIMED_SHARE = 0.25;
/** Looked at first: what small frames claim each other shows here, at a fraction of the cost of all that they claim. */
const NEAR_BYTES = 16_384;

/**
 * The start of the first of the good frames that a bad one, `bytes`, claims as its own: because its length field is damaged.
 * They are several and close together, or reach exactly to its end. -1 if there are none.
 */
export function findClaimedFrames(framing: Framing, bytes: Uint8Array): number {
  const near = bytes.length > NEAR_BYTES ? claimedIn(framing, bytes.subarray(0, NEAR_BYTES), false) : -1;
  return near >= 0 ? near : claimedIn(framing, bytes, true);
}

/** @param isAll whether `bytes` end where the bad frame does */
function claimedIn(framing: Framing, bytes: Uint8Array, isAll: boolean): number {
  let from = 1;
  let earliest = -1;
  let frames = 0;
  let goodBytes = 0;
  for (;;) {
    const first = findFrame(framing, bytes, from);
    if (first < 0) return -1;
    if (earliest < 0) earliest = first;
    let at = first;
    while (at < bytes.length) {
      const probe = probeFrame(framing, bytes, at);
      if (probe.status !== "ok") break;
      at += probe.declaredBytes;
      goodBytes += probe.declaredBytes;
      if (++frames >= MIN_CLAIMED_FRAMES && goodBytes >= at * MIN_CLAIMED_SHARE) return earliest;
    }
    if (isAll && at === bytes.length) return first;
    from = at;
  }
}
