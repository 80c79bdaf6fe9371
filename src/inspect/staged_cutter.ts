import type { FrameCutter, ProtocolDefinition, StagedLayout } from "../protocols/definition.ts";
import { ByteWindow } from "./byte_window.ts";
import type { CutFault, StreamCutter } from "./stream_cutter.ts";

/** Cuts a stream whose frames follow from each other. Behind the first that can't be there is nothing to go by. */
export class StagedCutter implements StreamCutter {
  readonly #cutter: FrameCutter;
  readonly #errorOfEnd: ProtocolDefinition["errorOfEnd"];
  readonly #window: ByteWindow = new ByteWindow();
  /** Nothing can be said before the stream is there up to this offset (or ended). */
  #wantedOffset = 0;
  #ended = false;
  /** Where the window started at `finish`. */
  #endMark = 0;
  /** A fault whose end is that of the stream; offsets as far as they are known. */
  #broken: { readonly offset: number; readonly error: CutFault["error"] } | undefined;
  frameOffset = 0;
  frameAt = 0;
  frameEnd = 0;
  fault: CutFault | undefined;

  constructor(layout: StagedLayout, errorOfEnd: ProtocolDefinition["errorOfEnd"]) {
    this.#cutter = layout.createCutter();
    this.#errorOfEnd = errorOfEnd;
  }

  get offset(): number {
    return this.#window.offset;
  }

  get buffer(): Uint8Array {
    return this.#window.buffer;
  }

  push(chunk: Uint8Array): void {
    this.#window.append(chunk);
  }

  finish(): void {
    this.#ended = true;
    this.#endMark = this.#window.offset;
  }

  reopen(): void {
    this.#ended = false;
    this.#window.goBackTo(this.#endMark);
    this.#wantedOffset = 0;
    this.fault = undefined;
  }

  advance(): "frame" | "fault" | undefined {
    const window = this.#window;
    if (this.#broken !== undefined) return this.#giveUp(this.#broken);
    if (window.offset === window.endOffset || (!this.#ended && window.endOffset < this.#wantedOffset)) return undefined;
    const { bytes, offset } = window;
    const probe = this.#cutter.probe(bytes);
    if (probe.status === "bad") {
      this.#broken = { offset, error: probe.error };
      return this.#giveUp(this.#broken);
    }
    if (probe.status === "short") {
      this.#wantedOffset = offset + probe.wantedBytes;
      if (!this.#ended) return undefined;
      window.dropTo(window.endOffset);
      const error = this.#errorOfEnd(offset, bytes.length);
      this.fault = { offset, endOffset: window.offset, error, resumedBy: "nothing" };
      return "fault";
    }
    this.#cutter.accept(bytes.subarray(0, probe.frameBytes));
    this.frameOffset = offset;
    this.frameAt = window.placeOf(offset);
    this.frameEnd = this.frameAt + probe.frameBytes;
    window.dropTo(offset + probe.frameBytes);
    return "frame";
  }

  /** Lets everything go by up to the end. */
  #giveUp({ offset, error }: { readonly offset: number; readonly error: CutFault["error"] }): "fault" | undefined {
    this.#window.dropTo(this.#window.endOffset);
    if (!this.#ended || this.fault !== undefined) return undefined;
    this.fault = { offset, endOffset: this.#window.offset, error, resumedBy: "nothing" };
    return "fault";
  }
}
