import { encodeMessage } from "../protocols/zmtp/encode_message.ts";
import type { EncodedMessage, Message, WireFraming } from "../protocols/zmtp/session_types.ts";
import { SharedFrames } from "../protocols/zmtp/shared_frames.ts";
import type { Link } from "./link.ts";
import type { Pipe } from "./pipe.ts";

/** Gives one message to many pipes: its bytes are made once for all peers of one framing and shared (zmtp §3.1 rule 8). */
export class FanOut {
  readonly #frames: SharedFrames = new SharedFrames();
  /** Of the message at hand: whether the frames have it; nothing while that was not tried. */
  #isInFrames: boolean | undefined;
  /** The message at hand in the framings that were asked for. */
  #encoded: EncodedMessage[] = [];

  /**
   * A pipe that is full goes without (zmtp §2.1).
   *
   * @returns how many pipes went without
   */
  send(message: Message, pipes: readonly Pipe[]): number {
    if (pipes.length === 1) return pipes[0]!.write(pipes[0]!.peer === undefined ? message : message.slice()) ? 0 : 1;
    let without = 0;
    this.#isInFrames = undefined;
    for (let i = 0; i < pipes.length; i++) {
      const pipe = pipes[i]!;
      const { link } = pipe;
      if (link === undefined || !link.takesMessages || pipe.outbox.size > 0 || pipe.limits.conflate) {
        // Each inproc peer may change its list of parts.
        if (!pipe.write(pipe.peer === undefined ? message : message.slice())) without++;
        continue;
      }
      const framing = link.session!.framing;
      if (framing === undefined) link.send(message);
      else if (framing === "zmtp") this.#share(message, link);
      else link.sendEncoded(this.#encodedFor(message, framing));
    }
    if (this.#encoded.length > 0) this.#encoded = [];
    return without;
  }

  #share(message: Message, link: Link): void {
    this.#isInFrames ??= this.#frames.add(message);
    if (this.#isInFrames) link.sendShared(this.#frames);
    else link.sendEncoded(this.#encodedFor(message, "zmtp"));
  }

  #encodedFor(message: Message, framing: WireFraming): EncodedMessage {
    let encoded = this.#encoded.find((one) => one.framing === framing);
    if (encoded === undefined) {
      encoded = encodeMessage(message, framing);
      this.#encoded.push(encoded);
    }
    return encoded;
  }
}
