/**
 * Where a session's frames come from. The stream of 2.0 and 3.x is cut by the core's scanner, whose shape this is; a
 * WebSocket's messages are frames already; 1.0 has a framing of its own.
 */
export interface FrameSource {
  /** Bits of the frame at hand, of the one that is coming in, or of the one that is too large, as ZMTP 3 has them: 1 MORE, 4 COMMAND. */
  readonly flags: number;
  /** Body of the frame at hand: a view on the chunk, or on a copy of its own where it came in several. */
  readonly body: Uint8Array;
  /** Octets that the head of the last frame, or of the one that is coming in, declares; 0 where none is known. */
  readonly declaredBytes: number;
  /** Octets of the stream up to the start of that frame. */
  readonly offset: number;
  /** Most octets of a body: larger ones are refused by their head. May be changed between two frames. */
  maxBodyBytes: number;
  /** The chunk is given away and must stay unchanged. All frames of the chunk before must have been taken. */
  push(chunk: Uint8Array): void;
  /** Goes on to the next frame. */
  next(): FrameStatus;
  /** Octets that are held of a frame that is still coming in. */
  readonly carriedBytes: number;
}

/** What {@linkcode FrameSource.next} found: 0 no more whole frames, 1 a frame, 2 one that is too large (and so the end). */
export type FrameStatus = 0 | 1 | 2;
