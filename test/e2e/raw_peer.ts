import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { crc32, FrameScanner } from "../../src/core/mod.ts";
import {
  type AckPayload,
  type ControlMessage,
  decodeControl,
  decodeEnvelope,
  type Envelope,
  encodeControl,
  encodeFrame,
  encodeSegmentHeader,
  encodeSnapshot,
  errorName,
  idHex,
  PLATFORM_LINUX,
  type Segment,
  SNAPSHOT_FRAMING,
  type SnapshotPayload,
  TARGET_SNAPSHOT_BYTES,
} from "../../src/protocols/snapshot/mod.ts";

/** An answer that a peer waits for comes within this, or never. */
const WAIT_MS = 15_000;

/** A peer that sends whatever bytes a test gives it, and reads what the server says. */
export class RawPeer {
  readonly messages: { readonly envelope: Envelope; readonly message: ControlMessage }[] = [];
  readonly agentId: string;
  readonly #socket: Socket;
  readonly #scanner = new FrameScanner(SNAPSHOT_FRAMING);
  #isClosed = false;
  #wake: () => void = () => {};

  private constructor(agentId: string, socket: Socket) {
    this.agentId = agentId;
    this.#socket = socket;
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("error", () => {});
    socket.on("end", () => this.#close());
    socket.on("close", () => this.#close());
    onTestFinished(() => void socket.destroy());
  }

  /** Connects and says nothing. */
  static async connect(port: number, agentId: string): Promise<RawPeer> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", () => resolve());
      socket.once("error", reject);
    });
    return new RawPeer(agentId, socket);
  }

  /** Connects and shakes hands. */
  static async welcome(port: number, agentId: string, handshake: HandshakeChoice = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(port, agentId);
    peer.write(peer.handshake(handshake));
    await peer.until("a HandshakeAck", () => peer.messages.some(({ message }) => message.type === "handshakeAck"));
    return peer;
  }

  /** True once the server has ended the connection. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Names of the Errors that came, in order. */
  get errors(): string[] {
    return this.messages.flatMap(({ message }) =>
      message.type === "error" ? [errorName(message.payload.errorCode)] : [],
    );
  }

  get acks(): AckPayload[] {
    return this.messages.flatMap(({ message }) => (message.type === "ack" ? [message.payload] : []));
  }

  write(...chunks: Uint8Array[]): void {
    for (const chunk of chunks) this.#socket.write(chunk);
  }

  /** Writes byte by byte, each in a turn of its own. */
  async trickle(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) {
      this.#socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Writes and waits until the system has taken it, or the connection is over. */
  written(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) resolve();
      else this.#socket.write(bytes, () => resolve());
    });
  }

  /** Reads nothing from now on. */
  pause(): void {
    this.#socket.pause();
  }

  /** Closes its side; what the server says still comes. */
  finish(): void {
    this.#socket.end();
  }

  /** Is gone from one moment to the next. */
  destroy(): void {
    this.#socket.destroy();
  }

  async until(what: string, look: () => boolean): Promise<void> {
    const endMs = Date.now() + WAIT_MS;
    while (!look()) {
      if (Date.now() >= endMs) throw new Error(`not within ${WAIT_MS} ms: ${what}; errors: ${this.errors.join(", ")}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, endMs - Date.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Waits for the server to close. */
  closed(): Promise<void> {
    return this.until("the server closes", () => this.#isClosed);
  }

  /** Waits for the Ack of a frame; its status, or the name of the error that it was refused with. */
  async ackOf(frame: Uint8Array): Promise<"received" | "stored" | string> {
    const id = idHex(decodeEnvelope(frame).envelope.messageId);
    const find = (): AckPayload | undefined => this.acks.findLast(({ ackedId }) => idHex(ackedId) === id);
    await this.until(`an Ack of ${id}`, () => find() !== undefined);
    const { status, errorCode } = find()!;
    return status === 2 ? errorName(errorCode) : status === 1 ? "stored" : "received";
  }

  /** Sends a heartbeat and waits for its answer: what was sent before is dealt with then. */
  async heard(): Promise<void> {
    const count = (): number => this.messages.filter(({ message }) => message.type === "heartbeat").length;
    const before = count();
    this.write(this.heartbeat());
    await this.until("a heartbeat's answer", () => count() > before);
  }

  handshake(choice: HandshakeChoice = {}): Uint8Array {
    const { min = [1, 0], max = [1, 0], capabilities = 0, extensions = [] } = choice;
    return encodeFrame(
      this.envelope("handshake"),
      encodeControl({
        type: "handshake",
        payload: {
          minMajor: min[0],
          minMinor: min[1],
          maxMajor: max[0],
          maxMinor: max[1],
          capabilities,
          agentVersion: "raw",
          hostName: "raw",
          osRelease: "",
          extensions,
        },
      }),
    );
  }

  heartbeat(droppedSnapshots = 0): Uint8Array {
    const payload = { queuedSnapshots: 0, droppedSnapshots, extensions: [] };
    return encodeFrame(this.envelope("heartbeat"), encodeControl({ type: "heartbeat", payload }));
  }

  /** A snapshot in one frame. */
  snapshot(snapshot: SnapshotPayload, envelope: Partial<Envelope> = {}): Uint8Array {
    return encodeFrame({ ...this.envelope("snapshot"), ...envelope }, encodeSnapshot(snapshot));
  }

  /** A snapshot's parts. */
  parts(snapshot: SnapshotPayload): Uint8Array[] {
    const payload = encodeSnapshot(snapshot);
    const partCount = Math.ceil(payload.length / TARGET_SNAPSHOT_BYTES);
    return Array.from({ length: partCount }, (_, partIndex) => {
      const offset = partIndex * TARGET_SNAPSHOT_BYTES;
      const slice = payload.subarray(offset, offset + TARGET_SNAPSHOT_BYTES);
      const { snapshotId } = snapshot;
      return this.part({ snapshotId, partIndex, partCount, totalBytes: payload.length, offset, slice });
    });
  }

  part({ slice, ...segment }: Segment): Uint8Array {
    return encodeFrame(this.envelope("snapshot", 2), encodeSegmentHeader(segment), slice);
  }

  envelope(type: Envelope["type"], flags = 0): Envelope {
    return {
      version: { major: 1, minor: 0 },
      type,
      flags,
      platform: PLATFORM_LINUX,
      messageId: crypto.getRandomValues(new Uint8Array(16)),
      timestampUtcMs: Date.now(),
      agentId: this.agentId,
      extensions: [],
    };
  }

  #receive(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
    for (let frame = this.#scanner.next(); frame !== undefined; frame = this.#scanner.next()) {
      if (frame.status !== "ok") throw new Error(`the server sent a frame that is ${frame.status}`);
      const decoded = decodeEnvelope(frame.bytes.slice());
      const message = decodeControl(frame.bytes.slice(), decoded);
      this.messages.push({ envelope: decoded.envelope, message });
    }
    this.#wake();
  }

  #close(): void {
    this.#isClosed = true;
    this.#wake();
  }
}

/** How a Handshake differs from a plain 1.0 one. */
export interface HandshakeChoice {
  readonly min?: readonly [number, number];
  readonly max?: readonly [number, number];
  readonly capabilities?: number;
  readonly extensions?: Envelope["extensions"];
}

/** The frame with one bit of its body turned over. */
export function corrupt(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy[copy.length - 1]! ^= 1;
  return copy;
}

/** The frame after a change, with a CRC that holds. */
export function changed(frame: Uint8Array, change: (bytes: Uint8Array, view: DataView) => void): Uint8Array {
  const copy = frame.slice();
  const view = new DataView(copy.buffer);
  change(copy, view);
  view.setUint32(4, crc32(copy.subarray(8)), true);
  return copy;
}
