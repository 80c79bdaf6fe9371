import { zmtpError } from "./errors.ts";
import type { FrameSource, FrameStatus } from "./frame_source.ts";
import { FLAG_COMMAND, FLAG_MORE, ZWS_COMMAND, ZWS_MORE } from "./wire.ts";

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Frames that are WebSocket messages: an octet that says what it is, then the body (zmtp §1.15). */
export class WebSocketFrames implements FrameSource {
  flags = 0;
  body: Uint8Array = NO_BYTES;
  declaredBytes = 0;
  offset = 0;
  readonly carriedBytes = 0;
  maxBodyBytes: number;
  #message: Uint8Array | undefined;
  #end = 0;

  constructor(maxBodyBytes: number) {
    this.maxBodyBytes = maxBodyBytes;
  }

  push(message: Uint8Array): void {
    this.#message = message;
    this.offset = this.#end;
    this.#end += message.length;
  }

  /** @throws ProtocolError `zmtp/bad-frame` for a message without its first octet */
  next(): FrameStatus {
    const message = this.#message;
    if (message === undefined) return 0;
    this.#message = undefined;
    if (message.length === 0)
      throw zmtpError("bad-frame", "an empty WebSocket message", "an octet of flags", this.offset);
    this.declaredBytes = message.length - 1;
    const flag = message[0]!;
    this.flags = flag === ZWS_COMMAND ? FLAG_COMMAND : (flag & ZWS_MORE) === 0 ? 0 : FLAG_MORE;
    if (this.declaredBytes > this.maxBodyBytes) return 2;
    // Not by `subarray`: of a `Buffer` that would be another one.
    this.body = new Uint8Array(message.buffer, message.byteOffset + 1, this.declaredBytes);
    return 1;
  }
}
