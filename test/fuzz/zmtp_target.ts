/** A session of ZMTP under fire, with an owner that does anything an owner may do. */
import { ProtocolError } from "../../src/core/mod.ts";
import type { FrameReader } from "../../src/protocols/definition.ts";
import { ZmtpFrameCutter } from "../../src/protocols/zmtp/frame_cutter.ts";
import { ZMTP_PROTOCOL } from "../../src/protocols/zmtp/protocol.ts";
import { ZmtpSession } from "../../src/protocols/zmtp/session.ts";
import type { ZmtpEvent } from "../../src/protocols/zmtp/session_types.ts";
import { BOX_OVERHEAD_BYTES, LONG_HEAD_BYTES } from "../../src/protocols/zmtp/wire.ts";
import type { SeededRandom } from "../conformance/chunkings.ts";
import type { FuzzTarget, Tally } from "./targets.ts";
import { freshOptions, LIMITS, type Scene } from "./zmtp_scenes.ts";

const CODES = /^zmtp\//;
const STATUSES = [200, 200, 200, 300, 400, 500] as const;

export class ZmtpTarget implements FuzzTarget {
  readonly name: string;
  /** A frame and a message that are coming in, and a greeting. */
  readonly maxHeldBytes: number =
    LIMITS.maxFrameBytes + LIMITS.maxMessageBytes + BOX_OVERHEAD_BYTES + LONG_HEAD_BYTES + 64;
  readonly #scene: Scene;
  readonly #random: SeededRandom;
  readonly #session: ZmtpSession;
  readonly #written: WrittenStream | undefined;
  #nowMs = 0;
  #asked = 0;

  constructor(scene: Scene, random: SeededRandom, tally: Tally) {
    this.name = `session, ${scene.name}`;
    this.#scene = scene;
    this.#random = random;
    this.#session = new ZmtpSession(freshOptions(scene.options), 0);
    // An old peer is written to in its own framing.
    const isPlainStream = scene.options.wire === "stream" && scene.options.legacy === undefined;
    this.#written = isPlainStream ? new WrittenStream() : undefined;
    for (const chunk of scene.opening) this.#session.receive(chunk.slice(), 0);
    if (this.#session.state === "over") throw new Error(`${this.name} is over before it began`);
    this.#drain(tally);
  }

  get heldBytes(): number {
    return this.#session.heldBytes;
  }

  get isOver(): boolean {
    return this.#session.state === "over";
  }

  feed(chunk: Uint8Array, tally: Tally): void {
    this.#session.receive(chunk, this.#nowMs);
    this.#drain(tally);
    const random = this.#random;
    if (random.below(16) === 0) {
      this.#nowMs += random.below(6_000);
      this.#session.onTimeout(this.#nowMs);
      this.#drain(tally);
    }
    if (random.below(8) === 0) this.#command(tally);
    this.#checkOutput();
  }

  #drain(tally: Tally): void {
    for (let event = this.#session.nextEvent(); event !== undefined; event = this.#session.nextEvent()) {
      this.#take(event, tally);
    }
    for (const message of this.#session.takeMessages(1_000)) {
      const bodyBytes = message.reduce((sum, part) => sum + part.length, 0);
      const isSmall = message.length <= LIMITS.maxMessageFrames && bodyBytes <= LIMITS.maxMessageBytes;
      if (message.length === 0 || !isSmall)
        throw new Error(`a message of ${message.length} parts, ${bodyBytes} octets`);
      tally.add(message.length === 1 ? "zmtp message" : "zmtp message of several parts");
    }
  }

  #take(event: ZmtpEvent, tally: Tally): void {
    tally.add(`zmtp ${event.type}`);
    if (event.type === "authenticate") this.#asked++;
    if (event.type !== "failed") return;
    const { error } = event;
    tally.addError(error, CODES);
    if (error.side !== "remote" || !error.fatal) throw new Error(`${error.code} blames the wrong side`);
    if (!this.isOver || this.heldBytes > 0) throw new Error(`a session that failed and is ${this.#session.state}`);
  }

  /** What an owner may want; what the state forbids is refused with a code. */
  #command(tally: Tally): void {
    const random = this.#random;
    const session = this.#session;
    const topic = new Uint8Array(random.below(20));
    try {
      const what = random.below(6);
      if (what === 0) session.command({ type: "subscribe", topic }, this.#nowMs);
      else if (what === 1) session.command({ type: "cancel", topic }, this.#nowMs);
      else if (what === 2) session.send([topic, new Uint8Array(random.below(400))]);
      else if (what === 3 && random.below(32) === 0) session.command({ type: "close" }, this.#nowMs);
      else if (this.#asked > 0 || random.below(16) === 0) this.#decide();
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.side !== "local") throw error;
      tally.add(`zmtp command ${error.code}`);
    }
    this.#drain(tally);
  }

  #decide(): void {
    this.#asked = 0;
    const status = STATUSES[this.#random.below(STATUSES.length)]!;
    this.#session.command({ type: "decide", status, text: "", userId: "u", metadata: [] }, this.#nowMs);
  }

  #checkOutput(): void {
    const { outputBytes } = this.#session;
    const output = this.#session.takeOutput();
    const bytes = output.reduce((sum, chunk) => sum + chunk.length, 0);
    if (bytes !== outputBytes) throw new Error(`${bytes} octets of output, ${outputBytes} were announced`);
    if (this.#written !== undefined) for (const chunk of output) this.#written.take(chunk);
    if (this.#scene.options.wire === "stream") return;
    for (const [flag] of output)
      if (flag === undefined || flag > 2) throw new Error(`a WebSocket message of kind ${flag}`);
  }
}

/** What a side writes is what a reader takes, to the last frame. */
class WrittenStream {
  readonly #cutter = new ZmtpFrameCutter();
  readonly #reader: FrameReader = ZMTP_PROTOCOL.createReader({ compressor: undefined });
  #rest: Uint8Array = new Uint8Array(0);

  take(chunk: Uint8Array): void {
    let rest = Uint8Array.from([...this.#rest, ...chunk]);
    while (rest.length > 0) {
      const probe = this.#cutter.probe(rest);
      if (probe.status === "bad") throw probe.error;
      if (probe.status === "short") break;
      this.#reader.read(rest.subarray(0, probe.frameBytes));
      this.#cutter.accept();
      rest = rest.subarray(probe.frameBytes);
    }
    this.#rest = rest;
  }
}

/** The reader of captures, fed with the same. */
export class ZmtpReaderTarget {
  readonly #reader: FrameReader = ZMTP_PROTOCOL.createReader({ compressor: undefined });
  readonly #watch = ZMTP_PROTOCOL.inspection!.createWatch!();
  readonly #cutter = new ZmtpFrameCutter();

  constructor(opening: readonly Uint8Array[]) {
    for (const frame of opening) this.#take(frame);
  }

  feed(frame: Uint8Array, tally: Tally): void {
    try {
      const probe = this.#cutter.probe(frame);
      if (probe.status === "bad") throw probe.error;
      tally.add(probe.status === "ok" ? "zmtp row" : "zmtp cut frame");
      if (probe.status === "ok") this.#take(frame.subarray(0, probe.frameBytes));
    } catch (error) {
      tally.addError(error, CODES);
    }
  }

  #take(frame: Uint8Array): void {
    this.#cutter.accept();
    const row = this.#reader.read(frame);
    this.#watch.take(frame, row);
    ZMTP_PROTOCOL.summaryOf!(row);
  }
}
