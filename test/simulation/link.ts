import type { Env } from "./env.ts";
import type { Prng } from "./prng.ts";
import type { Task } from "./scheduler.ts";

/** How a connection behaves; drawn for each. */
export interface LinkShape {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** Chance that a read gets only a piece of what is there. */
  readonly splits: number;
  /** Bytes that the two kernels hold before a writer has to wait. */
  readonly bufferBytes: number;
}

/** One end of a connection, as its process sees it. */
export interface LinkEnd {
  /** The chunk is overwritten after the call. */
  onChunk(chunk: Uint8Array): void;
  /** Told once, after the last chunk. */
  onClosed(reason: string): void;
  /** What was written is with the kernel. */
  onTaken(): void;
}

export type Side = "agent" | "server";

/** Bytes one read gives at most: the buffers of the two hosts. */
const READ_BYTES: Readonly<Record<Side, number>> = { agent: 4_096, server: 16_384 };
/** A peer that vanished is noticed by probes after this, if nothing else comes first. */
const KEEPALIVE_MS = 60_000;
/** Share of the chunks that a noisy line damages. */
const NOISE = 0.3;
const scratch = new Uint8Array(16_384);

/** One direction of a connection: never loses, repeats or reorders a byte while it lives. */
class Pipe {
  stalledUntilMs = 0;
  isBroken = false;
  /** Bits that the next chunk is going to have flipped. */
  flips = 0;
  noisyUntilMs = 0;
  #bytes = 0;
  #chunks: Uint8Array[] = [];
  #headAt = 0;
  #task: Task | undefined;
  #endsWith: string | undefined;
  #isWaiting = false;
  readonly #link: Link;
  readonly #to: Side;

  constructor(link: Link, to: Side) {
    this.#link = link;
    this.#to = to;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns whether the writer may go on at once; else it is told `onTaken` later */
  write(chunks: readonly Uint8Array[]): boolean {
    if (this.isBroken || this.#endsWith !== undefined) return true;
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
    }
    this.#schedule();
    this.#isWaiting = this.#bytes > this.#link.shape.bufferBytes;
    return !this.#isWaiting;
  }

  /** No more comes; the other side learns of it behind the last byte. */
  end(reason: string): void {
    if (this.#endsWith !== undefined || this.isBroken) return;
    this.#endsWith = reason;
    this.#schedule();
  }

  /** The connection breaks: some of what is on its way still arrives, cut anywhere. */
  break(arrivingBytes: number): void {
    if (this.isBroken) return;
    while (arrivingBytes > 0 && this.#bytes > 0) arrivingBytes -= this.#deliver(arrivingBytes);
    this.isBroken = true;
    this.#link.env.scheduler.cancel(this.#task);
    this.#chunks = [];
    this.#bytes = 0;
  }

  #schedule(): void {
    if (this.#task !== undefined || this.isBroken) return;
    const { env, shape, random } = this.#link;
    const delayMs = shape.latencyMs + random.exponential(shape.jitterMs);
    const stalledMs = this.stalledUntilMs - env.scheduler.nowMs;
    this.#task = env.scheduler.after(Math.max(delayMs, stalledMs), () => this.#run());
  }

  #run(): void {
    this.#task = undefined;
    const { env, random, shape } = this.#link;
    if (this.stalledUntilMs > env.scheduler.nowMs) {
      this.#schedule();
      return;
    }
    if (this.#bytes > 0) {
      const there = Math.min(this.#bytes, READ_BYTES[this.#to]);
      this.#deliver(random.chance(shape.splits) ? random.whole(1, there) : there);
      if (this.isBroken) return;
      if (this.#isWaiting && this.#bytes <= shape.bufferBytes) {
        this.#isWaiting = false;
        this.#link.end(this.#to === "agent" ? "server" : "agent")?.onTaken();
      }
    }
    if (this.#bytes > 0) this.#task = env.scheduler.after(random.exponential(0.2), () => this.#run());
    else if (this.#endsWith !== undefined) this.#link.closedFor(this.#to, this.#endsWith, 0);
  }

  #deliver(atMost: number): number {
    const chunk = scratch.subarray(0, Math.min(atMost, this.#bytes, READ_BYTES[this.#to]));
    for (let at = 0; at < chunk.length; ) {
      const head = this.#chunks[0]!;
      const piece = head.subarray(this.#headAt, this.#headAt + chunk.length - at);
      chunk.set(piece, at);
      at += piece.length;
      this.#headAt += piece.length;
      if (this.#headAt < head.length) continue;
      this.#chunks.shift();
      this.#headAt = 0;
    }
    this.#bytes -= chunk.length;
    if (this.noisyUntilMs > this.#link.env.scheduler.nowMs && this.#link.random.chance(NOISE)) this.flips++;
    for (; this.flips > 0; this.flips--) {
      const bit = this.#link.random.below(chunk.length * 8);
      chunk[bit >> 3]! ^= 1 << (bit & 7);
    }
    this.#link.end(this.#to)?.onChunk(chunk);
    return chunk.length;
  }
}

/** One connection between an agent and a server. */
export class Link {
  readonly id: number;
  readonly env: Env;
  readonly random: Prng;
  readonly shape: LinkShape;
  /** A bit was flipped in either direction: what its two ends say of each other is no fault of theirs. */
  isCorrupted = false;
  /** The agent's end: something happened after which the order of what it sends is not promised. */
  onDisplaced: () => void = () => {};
  readonly #toAgent: Pipe = new Pipe(this, "agent");
  readonly #toServer: Pipe = new Pipe(this, "server");
  #agent: LinkEnd | undefined;
  #server: LinkEnd | undefined;

  constructor(id: number, env: Env, random: Prng, shape: LinkShape) {
    this.id = id;
    this.env = env;
    this.random = random;
    this.shape = shape;
  }

  /** Whether anything can still arrive at either end. */
  get isOver(): boolean {
    return this.#agent === undefined && this.#server === undefined;
  }

  attach(side: Side, end: LinkEnd): void {
    if (side === "agent") this.#agent = end;
    else this.#server = end;
  }

  end(side: Side): LinkEnd | undefined {
    return side === "agent" ? this.#agent : this.#server;
  }

  /** @returns whether the writer may go on at once */
  write(from: Side, chunks: readonly Uint8Array[]): boolean {
    return this.#pipeFrom(from).write(chunks);
  }

  /** Bytes that one side has written and the other has not read. */
  unreadBytes(from: Side): number {
    return this.#pipeFrom(from).bytes;
  }

  /** A side writes no more; it still reads. */
  finish(side: Side): void {
    this.#pipeFrom(side).end("the peer closed");
  }

  /** A side is done with it: hears nothing more, and the other learns of it behind the last byte. */
  close(side: Side): void {
    this.#detach(side);
    this.finish(side);
    // What is on its way to a closed socket is answered with a reset.
    const back = side === "agent" ? this.#toAgent : this.#toServer;
    back.break(0);
  }

  /** A side's process is gone. Its kernel says so, unless the machine went with it. */
  vanish(side: Side, isSilent: boolean): void {
    this.#detach(side);
    this.#toAgent.break(0);
    this.#toServer.break(0);
    this.closedFor(other(side), isSilent ? "no answer to probes" : "connection reset", isSilent ? KEEPALIVE_MS : 5);
  }

  /** The network cuts it; each side notices in its own time. */
  cut(): void {
    const { random } = this;
    this.#toServer.break(random.below(this.#toServer.bytes + 1));
    this.#toAgent.break(random.below(this.#toAgent.bytes + 1));
    const isHalfOpen = random.chance(0.3);
    const noticedMs = random.exponential(50);
    const lateMs = isHalfOpen ? random.between(1_000, KEEPALIVE_MS) : random.exponential(50);
    const agentIsLate = random.chance(0.5);
    this.closedFor("agent", "connection reset", agentIsLate ? lateMs : noticedMs);
    this.closedFor("server", "connection reset", agentIsLate ? noticedMs : lateMs);
  }

  /** Nothing arrives for so long; nothing is lost. */
  stall(side: Side, forMs: number): void {
    const pipe = this.#pipeFrom(side);
    pipe.stalledUntilMs = Math.max(pipe.stalledUntilMs, this.env.scheduler.nowMs + forMs);
  }

  /** Bits of the next chunk in one direction flip, and TCP's checksum does not see it. */
  flip(from: Side, bits: number): void {
    this.isCorrupted = true;
    this.#pipeFrom(from).flips += bits;
    if (from === "agent") this.onDisplaced();
  }

  /** For so long some chunks in one direction are damaged. */
  noise(from: Side, forMs: number): void {
    this.flip(from, 0);
    this.#pipeFrom(from).noisyUntilMs = this.env.scheduler.nowMs + forMs;
  }

  closedFor(side: Side, reason: string, afterMs: number): void {
    this.env.scheduler.after(afterMs, () => {
      const end = this.end(side);
      this.#detach(side);
      end?.onClosed(reason);
    });
  }

  #detach(side: Side): void {
    if (side === "agent") this.#agent = undefined;
    else this.#server = undefined;
  }

  #pipeFrom(side: Side): Pipe {
    return side === "agent" ? this.#toServer : this.#toAgent;
  }
}

function other(side: Side): Side {
  return side === "agent" ? "server" : "agent";
}
