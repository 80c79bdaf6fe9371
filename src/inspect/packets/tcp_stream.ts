import { ProtocolError } from "../../core/mod.ts";
import type { ProtocolDefinition } from "../../protocols/definition.ts";
import type { CaptureStream } from "../capture_stream.ts";
import { PacketExtents } from "../file_extents.ts";
import type { StreamEvent } from "./stream_event.ts";
import { matchProtocols, SURE_CONFIDENCE } from "./stream_protocol.ts";
import { type DirectionRun, TcpDirection } from "./tcp_direction.ts";
import type { TcpSegment } from "./tcp_segment.ts";

/** So much of a stream is looked at to learn its protocol; what greets and shakes hands is shorter. */
const MAX_HEAD_BYTES = 16_384;
/** Tried again only when there is twice as much as before. */
const FIRST_TRY_BYTES = 8;

/** What streams of a packet capture are read as. */
export interface StreamChoice {
  readonly catalogue: readonly ProtocolDefinition[];
  /** The same for all streams, where somebody said so. */
  readonly forced: ProtocolDefinition | undefined;
}

/** One direction of a TCP connection: in order, and with a protocol once that is known. */
export class TcpStream implements CaptureStream {
  readonly name: string;
  readonly extents: PacketExtents = new PacketExtents();
  readonly #choice: StreamChoice;
  readonly #ports: readonly number[];
  readonly #direction: TcpDirection = new TcpDirection();
  /** What came before the protocol was known. */
  #held: DirectionRun[] = [];
  #heldBytes = 0;
  #nextTryBytes = FIRST_TRY_BYTES;
  #isDecided = false;
  #isFinished = false;
  /** Nothing before its first byte: a connection without data is no stream. */
  streamNumber: number | undefined;
  definition: ProtocolDefinition | undefined;
  reason: string = "not known yet";
  opposite: number | undefined;
  /** Of its last segment. */
  lastMs: number = Number.NaN;

  constructor(segment: TcpSegment, name: string, choice: StreamChoice) {
    this.name = name;
    this.#choice = choice;
    this.#ports = [segment.toPort, segment.fromPort];
    if (choice.forced !== undefined) this.#decide(choice.forced, "asked for");
  }

  get isDone(): boolean {
    return this.#direction.isDone;
  }

  /** Bytes that wait for what comes before them. */
  get waitingBytes(): number {
    return this.#direction.waitingBytes;
  }

  isAnew(segment: TcpSegment): boolean {
    return this.#direction.isAnew(segment);
  }

  /** The other direction's protocol is known: it is this one's too. */
  follow({ definition, name }: TcpStream): void {
    if (this.#isDecided || definition === undefined) return;
    this.#decide(definition, `as ${name}`);
  }

  /** Needs a number where the segment has bytes. What comes behind the end is repeated, and dropped. */
  take(segment: TcpSegment): StreamEvent[] {
    if (this.#isFinished) return [];
    this.lastMs = segment.timeMs;
    return this.#takeRuns(this.#direction.take(segment));
  }

  /** No more comes. */
  finish(): StreamEvent[] {
    const { streamNumber } = this;
    if (this.#isFinished || streamNumber === undefined) return [];
    this.#isFinished = true;
    const events = this.#takeRuns(this.#direction.flush(this.lastMs));
    if (!this.#isDecided) this.#try(true);
    return [...events, ...this.#release(), { type: "end", streamNumber, timeMs: this.lastMs }];
  }

  #takeRuns(runs: readonly DirectionRun[]): StreamEvent[] {
    for (const run of runs) {
      if (run.type === "bytes") this.extents.add(run.offset, run.fileOffset, run.bytes.length);
      // What is held until the protocol is known outlives the chunk that it came in.
      const kept = this.#isDecided || run.type === "hole" ? run : { ...run, bytes: run.bytes.slice() };
      this.#held.push(kept);
      if (run.type === "bytes") this.#heldBytes += run.bytes.length;
    }
    if (!this.#isDecided && this.#heldBytes >= this.#nextTryBytes) this.#try(false);
    return this.#isDecided ? this.#release() : [];
  }

  #try(isAll: boolean): void {
    const head = this.#head();
    const isLast = isAll || head.length >= MAX_HEAD_BYTES;
    this.#nextTryBytes = Math.min(2 * this.#heldBytes, MAX_HEAD_BYTES);
    const [best] = matchProtocols(this.#choice.catalogue, head, isLast);
    if (best !== undefined && best.confidence >= SURE_CONFIDENCE) {
      this.#decide(best.definition, best.reason);
      return;
    }
    if (!isLast) return;
    const byPort = this.#choice.catalogue.find(({ ports }) => ports.some((port) => this.#ports.includes(port)));
    if (byPort !== undefined) this.#decide(byPort, "by its port");
    else this.#decide(undefined, "no protocol of the catalogue begins like this");
  }

  /** The first bytes, up to the first hole. */
  #head(): Uint8Array {
    const head = new Uint8Array(Math.min(this.#heldBytes, MAX_HEAD_BYTES));
    let at = 0;
    for (const run of this.#held) {
      if (run.type === "hole" || at === head.length) break;
      const part = run.bytes.subarray(0, head.length - at);
      head.set(part, at);
      at += part.length;
    }
    return head.subarray(0, at);
  }

  #decide(definition: ProtocolDefinition | undefined, reason: string): void {
    this.definition = definition;
    this.reason = reason;
    this.#isDecided = true;
  }

  #release(): StreamEvent[] {
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return held.map((run) => this.#eventOf(run));
  }

  #eventOf(run: DirectionRun): StreamEvent {
    const streamNumber = this.streamNumber!;
    const { offset, timeMs } = run;
    if (run.type === "bytes") {
      // Spelt out: it is made for every packet, and copying another object takes ten times as long.
      return { type: "bytes", streamNumber, definition: this.definition, offset, bytes: run.bytes, timeMs };
    }
    const error = missing(run.endOffset - offset, offset);
    return { type: "hole", streamNumber, offset, endOffset: run.endOffset, timeMs, error };
  }
}

function missing(bytes: number, offset: number): ProtocolError {
  return new ProtocolError({
    code: "tcp/missing-bytes",
    side: "local",
    offset,
    found: `nothing of ${bytes} bytes in the capture`,
    expected: "the segments that carried them",
  });
}
