import { connect, type Socket } from "node:net";
import { crc32 } from "../../../src/core/mod.ts";
import { decodeEnvelope, encodeControl, encodeFrame, PLATFORM_LINUX } from "../../../src/protocols/snapshot/mod.ts";

/** Where an Ack's status stands in its payload (spec §4). */
const ACK_STATUS_AT = 16;
const ACK_STORED = 1;
const MESSAGE_TYPE_AT = 10;
const TYPE_HANDSHAKE_ACK = 2;
const TYPE_ACK = 5;
/** Where `heartbeatIntervalMs` stands in a HandshakeAck's payload (spec §4). */
const HEARTBEAT_INTERVAL_AT = 20;
/** Where `maxUnstoredSnapshots` stands in a HandshakeAck's payload (spec §4). */
const MAX_UNSTORED_AT = 32;

/**
 * An agent that costs next to nothing: it sends one encoded snapshot again and again, each time under new ids and with a
 * new CRC, and counts what it is told is stored. The bytes on the wire are a real agent's.
 */
export class LoadAgent {
  stored = 0;
  maxUnstored = 0;
  heartbeatIntervalMs = 0;
  /** Hears of each snapshot that is stored: which one it was, counted from 1 in the order in which they were sent. */
  onStored: ((index: number) => void) | undefined;
  /** Hears how many snapshots are about to be written. */
  onSent: ((count: number) => void) | undefined;
  readonly #agentId: string;
  #sent = 0;
  readonly #frame: Uint8Array;
  readonly #payloadAt: number;
  readonly #socket: Socket;
  readonly #established: Promise<void>;
  #tellEstablished: () => void = () => {};
  #unread: Uint8Array = new Uint8Array(0);
  /** Sends as fast as the window allows. */
  #isFlooding = false;

  /** @param original a frame of an unsegmented, uncompressed snapshot */
  constructor(port: number, index: number, original: Uint8Array) {
    const { envelope, payloadAt } = decodeEnvelope(original);
    this.#agentId = `load-${String(index).padStart(6, "0")}`;
    this.#frame = encodeFrame({ ...envelope, agentId: this.#agentId }, original.subarray(payloadAt));
    this.#payloadAt = decodeEnvelope(this.#frame).payloadAt;
    // The ids end in a count; what stands before it is random, once for each agent, as an agent's own ids are.
    crypto.getRandomValues(this.#frame.subarray(16, 28));
    crypto.getRandomValues(this.#frame.subarray(this.#payloadAt, this.#payloadAt + 12));
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("connect", () => this.#socket.write(this.#handshake()));
    this.#socket.on("data", (chunk) => this.#receive(chunk));
    this.#established = new Promise((resolve, reject) => {
      this.#tellEstablished = resolve;
      this.#socket.on("error", reject);
    });
  }

  /** Resolves when HandshakeAck is there. */
  async established(): Promise<void> {
    await this.#established;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Keeps so many snapshots on their way from now on; as many as the server allows if nothing else is said. */
  flood(inFlight: number = this.maxUnstored): void {
    this.#isFlooding = true;
    this.send(inFlight);
  }

  /** Sends no more by itself. */
  rest(): void {
    this.#isFlooding = false;
  }

  /** Sends snapshots in one write. */
  send(count: number): void {
    this.onSent?.(count);
    const frame = this.#frame;
    const view = new DataView(frame.buffer, frame.byteOffset);
    const bytes = new Uint8Array(frame.length * count);
    for (let i = 0; i < count; i++) {
      this.#sent++;
      view.setUint32(28, this.#sent);
      view.setUint32(this.#payloadAt + 12, this.#sent);
      view.setUint32(4, crc32(frame.subarray(8)), true);
      bytes.set(frame, i * frame.length);
    }
    this.#socket.write(bytes);
  }

  heartbeat(): void {
    const payload = { queuedSnapshots: 0, droppedSnapshots: 0, extensions: [] };
    this.#socket.write(encodeFrame(this.#envelope("heartbeat"), encodeControl({ type: "heartbeat", payload })));
  }

  close(): void {
    this.#isFlooding = false;
    this.#socket.destroy();
  }

  #envelope(type: "handshake" | "heartbeat"): Parameters<typeof encodeFrame>[0] {
    const messageId = crypto.getRandomValues(new Uint8Array(16));
    return {
      version: { major: 1, minor: 0 },
      type,
      flags: 0,
      platform: PLATFORM_LINUX,
      messageId,
      timestampUtcMs: Date.now(),
      agentId: this.#agentId,
      extensions: [],
    };
  }

  #handshake(): Uint8Array {
    const versions = { minMajor: 1, minMinor: 0, maxMajor: 1, maxMinor: 0 };
    const names = { agentVersion: "bench", hostName: "bench", osRelease: "" };
    const payload = { ...versions, capabilities: 0, ...names, extensions: [] };
    return encodeFrame(this.#envelope("handshake"), encodeControl({ type: "handshake", payload }));
  }

  #receive(chunk: Uint8Array): void {
    let bytes = chunk;
    if (this.#unread.length > 0) {
      bytes = new Uint8Array(this.#unread.length + chunk.length);
      bytes.set(this.#unread);
      bytes.set(chunk, this.#unread.length);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    let acknowledged = 0;
    while (bytes.length - at >= 4) {
      const end = at + 4 + view.getUint32(at, true);
      if (end > bytes.length) break;
      const payloadAt = at + 8 + view.getUint16(at + 14, true);
      const type = bytes[at + MESSAGE_TYPE_AT];
      if (type === TYPE_ACK && bytes[payloadAt + ACK_STATUS_AT] === ACK_STORED) {
        acknowledged++;
        // The acknowledged message's id ends in its count.
        this.onStored?.(view.getUint32(payloadAt + 12));
      }
      if (type === TYPE_HANDSHAKE_ACK) {
        this.heartbeatIntervalMs = view.getUint32(payloadAt + HEARTBEAT_INTERVAL_AT, true);
        this.maxUnstored = view.getUint32(payloadAt + MAX_UNSTORED_AT, true);
        this.#tellEstablished();
      }
      at = end;
    }
    this.#unread = bytes.slice(at);
    this.stored += acknowledged;
    if (this.#isFlooding && acknowledged > 0) this.send(acknowledged);
  }
}
