import { MAX_COPIED_BYTES } from "./encode_message.ts";
import { frameBytes, putFrame } from "./put_frame.ts";
import type { SharedStretch } from "./session_types.ts";
import { FLAG_MORE } from "./wire.ts";

/** Some writes of the usual size: what many messages of one turn become for each session is one piece of this. */
const CHUNK_BYTES = 131_072;

/**
 * Messages for sessions of one framing (`zmtp`) that send the same: each is encoded once, one behind the other, and all
 * sessions refer to these bytes (zmtp §3.1, rule 8). The fields are the stretch of the last message.
 */
export class SharedFrames implements SharedStretch {
  chunk: Uint8Array = new Uint8Array(0);
  from = 0;
  end = 0;

  /** @returns false for a message that is large: its parts are better referred to themselves, as `encodeMessage` does */
  add(message: readonly Uint8Array[]): boolean {
    let bytes = 0;
    for (let i = 0; i < message.length; i++) bytes += frameBytes(message[i]!.length);
    if (bytes > MAX_COPIED_BYTES) return false;
    if (this.end + bytes > this.chunk.length) {
      this.chunk = new Uint8Array(CHUNK_BYTES);
      this.end = 0;
    }
    this.from = this.end;
    const last = message.length - 1;
    for (let i = 0; i <= last; i++) {
      this.end = putFrame(this.chunk, this.end, i < last ? FLAG_MORE : 0, message[i]!);
    }
    return true;
  }
}
