import { ProtocolError } from "../../core/mod.ts";
import type { PacketReader } from "./packet.ts";
import type { StreamEvent, StreamSource } from "./stream_event.ts";
import { type TcpSegment, tcpSegmentOf } from "./tcp_segment.ts";
import { type StreamChoice, TcpStream } from "./tcp_stream.ts";

/** Directions that are followed at once; beyond, the one that was silent longest ends. Each may hold 16 KiB to be known by. */
const MAX_OPEN_STREAMS = 8_192;
/** Bytes that wait in all directions together for what comes before them. */
const MAX_WAITING_BYTES = 67_108_864;
/** Streams have numbers of 16 bits; what comes beyond is left out, and said. */
const MAX_STREAMS = 65_534;

/** The TCP streams of a packet capture. */
export class PacketStreams implements StreamSource {
  readonly #packets: PacketReader;
  readonly #choice: StreamChoice;
  /** By `from>to`; the one that was silent longest first. */
  readonly #open = new Map<string, TcpStream>();
  readonly #events: StreamEvent[] = [];
  #nextEvent = 0;
  #streams = 0;
  #waitingBytes = 0;
  #isFull = false;
  #ended = false;
  readonly canReopen = false;

  constructor(packets: PacketReader, choice: StreamChoice) {
    this.#packets = packets;
    this.#choice = choice;
  }

  push(chunk: Uint8Array): void {
    this.#packets.push(chunk);
  }

  finish(): void {
    this.#packets.finish();
    this.#ended = true;
  }

  /** @throws ProtocolError `inspect/not-reopenable`: the streams of a packet capture are put in order once. */
  reopen(): void {
    throw new ProtocolError({
      code: "inspect/not-reopenable",
      side: "local",
      found: "more of a packet capture that had ended",
      expected: "a new index, from its start",
    });
  }

  next(): StreamEvent | undefined {
    for (;;) {
      if (this.#nextEvent < this.#events.length) return this.#events[this.#nextEvent++];
      this.#events.length = 0;
      this.#nextEvent = 0;
      const found = this.#packets.next();
      if (found?.type === "broken") return found;
      if (found === undefined) {
        if (!this.#ended || this.#open.size === 0) return undefined;
        for (const key of [...this.#open.keys()]) this.#close(key);
        continue;
      }
      const segment = tcpSegmentOf(found);
      if (segment !== undefined) this.#take(segment);
    }
  }

  #take(segment: TcpSegment): void {
    const key = `${segment.from} > ${segment.to}`;
    const known = this.#open.get(key);
    if (known?.isAnew(segment) === true) this.#close(key);
    const stream = this.#open.get(key) ?? this.#openStream(key, segment);
    // Behind all others again: the first is the one that was silent longest.
    this.#open.delete(key);
    this.#open.set(key, stream);
    if (segment.payload.length > 0 && !this.#begin(stream, segment)) return;
    const opposite = this.#open.get(`${segment.to} > ${segment.from}`);
    if (opposite !== undefined) {
      stream.opposite ??= opposite.streamNumber;
      opposite.opposite ??= stream.streamNumber;
      stream.follow(opposite);
    }
    this.#waitingBytes -= stream.waitingBytes;
    this.#events.push(...stream.take(segment));
    this.#waitingBytes += stream.waitingBytes;
    if (stream.isDone || segment.isReset) this.#finish(stream);
    else if (this.#waitingBytes > MAX_WAITING_BYTES) this.#finishWaiting();
  }

  #openStream(key: string, segment: TcpSegment): TcpStream {
    if (this.#open.size === MAX_OPEN_STREAMS) {
      const [silent] = this.#open.keys();
      this.#close(silent!);
    }
    return new TcpStream(segment, key, this.#choice);
  }

  /** Numbers a stream that has its first bytes; false if there are no numbers left. */
  #begin(stream: TcpStream, { fileOffset }: TcpSegment): boolean {
    if (stream.streamNumber !== undefined) return true;
    if (this.#streams === MAX_STREAMS) {
      if (!this.#isFull) this.#events.push({ type: "broken", offset: fileOffset, error: tooMany() });
      this.#isFull = true;
      return false;
    }
    stream.streamNumber = this.#streams++;
    this.#events.push({ type: "begin", streamNumber: stream.streamNumber, stream });
    return true;
  }

  #close(key: string): void {
    this.#finish(this.#open.get(key)!);
    this.#open.delete(key);
  }

  #finish(stream: TcpStream): void {
    this.#waitingBytes -= stream.waitingBytes;
    this.#events.push(...stream.finish());
  }

  /** Finishes the stream with most that waits. */
  #finishWaiting(): void {
    let most: TcpStream | undefined;
    for (const one of this.#open.values()) if (one.waitingBytes > (most?.waitingBytes ?? 0)) most = one;
    if (most !== undefined) this.#finish(most);
  }
}

function tooMany(): ProtocolError {
  return new ProtocolError({
    code: "inspect/too-many-streams",
    side: "local",
    found: "one stream more",
    expected: `at most ${MAX_STREAMS} in one capture`,
  });
}
