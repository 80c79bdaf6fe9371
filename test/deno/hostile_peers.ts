import { zstdCompressor } from "../../deno/zstd.ts";
import { encodeFrame, encodeSnapshot, PLATFORM_LINUX } from "../../src/protocols/snapshot/mod.ts";
import { FLAG_COMPRESSED } from "../../src/protocols/snapshot/wire.ts";
import { rawMessages } from "./raw_messages.ts";

/** How a peer gets to the server: over TCP, or with TLS in between. */
export type Connect = () => Promise<Deno.Conn>;

const CAPABILITY_ZSTD = 2;

/** A peer that says what it likes, and remembers what it was told. */
export class HostilePeer {
  readonly #connection: Deno.Conn;
  readonly #reading: Promise<void>;
  /** Codes of the Error messages and refusals that came in, in order. */
  readonly errorCodes: number[] = [];
  framesIn = 0;
  isOver = false;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.#reading = this.#read();
  }

  static async open(connect: Connect): Promise<HostilePeer> {
    return new HostilePeer(await connect());
  }

  /** Writes all of it; false when the server wants no more. */
  async write(bytes: Uint8Array): Promise<boolean> {
    try {
      for (let at = 0; at < bytes.length; ) at += await this.#connection.write(bytes.subarray(at));
      return true;
    } catch {
      return false;
    }
  }

  /** Writes byte by byte, with a pause after each; false when the server wants no more. */
  async drip(bytes: Uint8Array, pauseMs: number): Promise<boolean> {
    for (let i = 0; i < bytes.length && !this.isOver; i++) {
      if (!(await this.write(bytes.subarray(i, i + 1)))) return false;
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return !this.isOver;
  }

  /** Resolves once the server has closed. */
  get ended(): Promise<void> {
    return this.#reading;
  }

  async close(): Promise<void> {
    try {
      this.#connection.close();
    } catch {
      // The server was first.
    }
    await this.#reading;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(4_096);
    let waiting = new Uint8Array(0);
    try {
      for (let count = await this.#connection.read(buffer); count !== null; ) {
        waiting = this.#take(joined(waiting, buffer.subarray(0, count)));
        count = await this.#connection.read(buffer);
      }
    } catch {
      // Cut off.
    }
    this.isOver = true;
    try {
      this.#connection.close();
    } catch {
      // Closed on this side.
    }
  }

  #take(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    for (; bytes.length - at >= 4; ) {
      const frameBytes = 4 + view.getUint32(at, true);
      if (bytes.length - at < frameBytes) break;
      // spec §2: the type of the message; §4: where an Error and an Ack have their code
      const payloadAt = at + 8 + view.getUint16(at + 14, true);
      if (bytes[at + 10] === 7) this.errorCodes.push(view.getUint16(payloadAt, true));
      if (bytes[at + 10] === 5 && bytes[payloadAt + 16] === 2) {
        this.errorCodes.push(view.getUint16(payloadAt + 18, true));
      }
      this.framesIn++;
      at += frameBytes;
    }
    return bytes.slice(at);
  }
}

/** A Handshake that offers zstd. */
export function zstdHandshake(agentId: string): Uint8Array {
  return rawMessages(agentId, CAPABILITY_ZSTD).handshake;
}

/** A Snapshot frame with that payload, as if it were compressed. */
export function compressedFrame(agentId: string, n: number, payload: Uint8Array): Uint8Array {
  const messageId = new Uint8Array(16).fill(2);
  new DataView(messageId.buffer).setUint32(12, n);
  return encodeFrame(
    {
      type: "snapshot",
      version: { major: 1, minor: 0 },
      flags: FLAG_COMPRESSED,
      platform: PLATFORM_LINUX,
      messageId,
      timestampUtcMs: 0,
      agentId,
      extensions: [],
    },
    payload,
  );
}

/** zstd frames that say one thing and hold another, or say too much. */
export function zipBombs(): Uint8Array[] {
  const zeros = zstdCompressor().compress(new Uint8Array(16 * 1024 * 1024));
  return [
    zeros, // 16 MiB of zeros in some 500 bytes: within the limit, and no snapshot
    announcing(zeros, 1 << 30), // says that it holds a gigabyte
    announcing(zeros, 100), // says 100 bytes and holds 16 MiB
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x01, 0x00, 0x00), // says nothing of its size
  ];
}

/** The same blocks under a header with another content size (RFC 8878 §3.1.1.1: 4 bytes, no single segment). */
function announcing(frame: Uint8Array, contentBytes: number): Uint8Array {
  const descriptor = frame[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const blocks = frame.subarray(5 + (isSingle ? 0 : 1) + sizeBytes);
  // A window of 16 MiB, so that its blocks are within it.
  const header = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x70, 0, 0, 0, 0);
  new DataView(header.buffer).setUint32(6, contentBytes, true);
  return joined(header, blocks);
}

/** A snapshot's payload of about that many bytes. */
export function snapshotPayload(n: number, bytes: number): Uint8Array {
  const snapshotId = new Uint8Array(16).fill(9);
  new DataView(snapshotId.buffer).setUint32(12, n);
  return encodeSnapshot({
    snapshotId,
    windowStartMs: 0,
    windowEndMs: 1,
    cpuTotalPct: 1,
    selection: 0,
    memUsedBytes: 1,
    memTotalBytes: 2,
    processTotal: 1,
    processes: [{ pid: n, name: "x".repeat(bytes), cpuPct: 1, rssBytes: 1, cmdline: null }],
    extensions: [],
  });
}

export function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
