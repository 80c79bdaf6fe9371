/** The sessions of the snapshot protocol under fire, with hosts that do anything a host may do. */
import { ProtocolError } from "../../src/core/mod.ts";
import type { Compressor } from "../../src/ports/compressor.ts";
import {
  ClientSession,
  encodeControl,
  encodeFrame,
  encodeSnapshot,
  MAX_FRAME_BYTES,
  type ServerEvent,
  ServerSession,
  SNAPSHOT_FRAMING,
} from "../../src/protocols/snapshot/mod.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { DedupeWindow } from "../../src/sansio/mod.ts";
import type { SeededRandom } from "../conformance/chunkings.ts";
import type { Mutator } from "./mutator.ts";
import { assertWellFormed, type FuzzTarget, type Tally } from "./targets.ts";

/** Small, so that a round reaches it. */
const MAX_SNAPSHOT_BYTES = 16_384;
const CODES = /^(snapshot|zstd)\//;
const HOST = { platform: 2, utcOffsetMs: 0, entropy: { fill: (into: Uint8Array) => void into.fill(9) } };
/** The agent that the vectors come from. */
const AGENT_ID = "agent-01";

const SNAPSHOT = {
  windowStartMs: 0,
  windowEndMs: 1,
  cpuTotalPct: 1,
  selection: 0,
  memUsedBytes: 1,
  memTotalBytes: 2,
  processTotal: 1,
  processes: [{ pid: 1, name: "init", cpuPct: 1, rssBytes: 1, cmdline: null }],
  extensions: [],
};

/** A server's session behind a store that stores, refuses, forgets or sleeps. */
export class ServerTarget implements FuzzTarget {
  readonly name = "server session";
  /** An unfinished frame, frames that wait for a decision, and twice the payloads for what stands around slices. */
  readonly maxHeldBytes: number = MAX_FRAME_BYTES * 2 + MAX_SNAPSHOT_BYTES * 2;
  readonly #session: ServerSession;
  readonly #random: SeededRandom;
  readonly #outputReader = SNAPSHOT_PROTOCOL.createReader({ compressor: undefined });
  #nowMs = 0;

  constructor(random: SeededRandom, compressor: Compressor) {
    this.#random = random;
    const zstd = random.below(4) > 0 ? { compressor } : {};
    this.#session = new ServerSession({ ...HOST, ...zstd, maxSnapshotBytes: MAX_SNAPSHOT_BYTES }, 0);
    if (random.below(8) > 0) this.#shakeHands();
  }

  get heldBytes(): number {
    return this.#session.heldBytes;
  }

  feed(chunk: Uint8Array, tally: Tally): void {
    this.#session.receive(chunk, this.#nowMs);
    this.#drain(tally);
    if (this.#random.below(16) === 0) {
      this.#nowMs += this.#random.below(4_000);
      this.#session.onTimeout(this.#nowMs);
      this.#drain(tally);
    }
    assertWellFormed(SNAPSHOT_FRAMING, this.#outputReader, this.#session.takeOutput());
  }

  #shakeHands(): void {
    const agent = new ClientSession({
      ...HOST,
      agentId: AGENT_ID,
      agentVersion: "",
      hostName: "",
      osRelease: "",
      capabilities: 2,
    });
    agent.onTimeout(0);
    agent.command({ type: "opened" }, 0);
    for (const chunk of agent.takeOutput()) this.#session.receive(chunk, 0);
    this.#session.command({ type: "accept", known: new DedupeWindow(4), throttleDelayMs: 0 }, 0);
  }

  #drain(tally: Tally): void {
    for (let event = this.#session.nextEvent(); event !== undefined; event = this.#session.nextEvent()) {
      if (event.type === "protocolError" || event.type === "refused") tally.addError(event.error, CODES);
      else tally.add(`server ${event.type}`);
      this.#react(event, tally);
    }
  }

  #react(event: ServerEvent, tally: Tally): void {
    const random = this.#random;
    try {
      if (event.type === "handshake") {
        const known = new DedupeWindow(4);
        if (random.below(4) > 0) this.#session.command({ type: "accept", known, throttleDelayMs: 5 }, this.#nowMs);
      } else if (event.type === "snapshot") {
        const { snapshotId } = event;
        const type = (["stored", "refuse", "forget", "stored", "nothing"] as const)[random.below(5)]!;
        if (type === "nothing") return;
        const why = { errorName: "STORE_FAILED", detail: "" } as const;
        this.#session.command({ type, snapshotId, ...why }, this.#nowMs);
      } else if (event.type === "heartbeat" && random.below(64) === 0) {
        this.#session.command(
          { type: "throttle", throttleDelayMs: random.u32(), reason: "x".repeat(300) },
          this.#nowMs,
        );
      }
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.side !== "local") throw error;
      tally.add(`server command ${error.code}`);
    }
  }
}

/** An agent's session with snapshots on their way, over as many connections as its peer leaves it. */
export class AgentTarget implements FuzzTarget {
  readonly name = "agent session";
  readonly maxHeldBytes: number = MAX_FRAME_BYTES;
  readonly #session: ClientSession;
  readonly #random: SeededRandom;
  readonly #mutator: Mutator;
  readonly #outputReader: ReturnType<typeof SNAPSHOT_PROTOCOL.createReader>;
  #sent = 0;
  #nowMs = 0;

  constructor(random: SeededRandom, compressor: Compressor, mutator: Mutator) {
    this.#random = random;
    this.#mutator = mutator;
    this.#outputReader = SNAPSHOT_PROTOCOL.createReader({ compressor });
    const zstd = random.below(2) > 0 ? { compressor } : {};
    this.#session = new ClientSession({
      ...HOST,
      ...zstd,
      agentId: AGENT_ID,
      agentVersion: "1",
      hostName: "h",
      osRelease: "o",
      capabilities: 0,
    });
    this.#session.onTimeout(0);
  }

  get heldBytes(): number {
    return this.#session.heldBytes;
  }

  feed(chunk: Uint8Array, tally: Tally): void {
    this.#session.receive(chunk, this.#nowMs);
    this.#drain(tally);
    if (this.#random.below(16) === 0) {
      this.#nowMs += this.#random.below(3_000);
      this.#session.onTimeout(this.#nowMs);
      this.#drain(tally);
    }
    if (this.#session.capacity > 0 && this.#random.below(4) === 0) this.#send();
    this.#takeOutput();
  }

  #send(): void {
    const snapshotId = new Uint8Array(16).fill(++this.#sent);
    const payload = encodeSnapshot({ ...SNAPSHOT, snapshotId });
    this.#session.command({ type: "send", snapshotId, payload }, this.#nowMs);
    if (this.#random.below(8) === 0) this.#session.command({ type: "forget", snapshotId }, this.#nowMs);
  }

  /** What it wrote is well formed; the ids in it are what a peer would name. */
  #takeOutput(): void {
    const output = this.#session.takeOutput();
    assertWellFormed(SNAPSHOT_FRAMING, this.#outputReader, output);
    for (const frame of output) this.#mutator.remember(frame.subarray(16, 32));
  }

  #drain(tally: Tally): void {
    for (let event = this.#session.nextEvent(); event !== undefined; event = this.#session.nextEvent()) {
      if (event.type === "protocolError") tally.addError(event.error, CODES);
      else tally.add(`agent ${event.type}`);
      if (event.type === "disconnect") this.#session.command({ type: "lost", reason: "" }, this.#nowMs);
      if (event.type === "connect") this.#connect();
    }
  }

  #connect(): void {
    this.#session.command({ type: "opened" }, this.#nowMs);
    const handshake = this.#session.takeOutput().at(-1)!;
    const messageId = handshake.slice(16, 32);
    this.#mutator.remember(messageId);
    // Now and then the answer is left to chance.
    if (this.#random.below(8) === 0) return;
    const envelope = {
      version: { major: 1, minor: 0 },
      type: "handshakeAck",
      flags: 0,
      platform: 2,
      messageId,
      timestampUtcMs: 0,
      agentId: AGENT_ID,
      extensions: [],
    } as const;
    const payload = {
      handshakeId: messageId,
      chosenMajor: 1,
      chosenMinor: 0,
      compression: 0,
      heartbeatIntervalMs: 2_000,
      // Snapshots in one frame, in a few parts, and in many.
      targetSnapshotBytes: [65_536, 60, 10][this.#random.below(3)]!,
      maxFrameBytes: MAX_FRAME_BYTES,
      maxUnstoredSnapshots: 1 + this.#random.below(4),
      throttleDelayMs: 0,
      extensions: [],
    };
    this.#session.receive(encodeFrame(envelope, encodeControl({ type: "handshakeAck", payload })), this.#nowMs);
  }
}
