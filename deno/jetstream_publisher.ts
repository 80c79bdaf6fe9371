import type { JetStreamClient } from "@nats-io/jetstream";
import { headers as createHeaders, type MsgHdrs } from "@nats-io/transport-node";
import type { SnapshotRecord } from "../src/ports/mod.ts";
import { agentToken, recordMsgId } from "./jetstream_names.ts";
import { PublishGate } from "./publish_gate.ts";

/** On a message that is a part: its index and how many there are, as `0/3`. */
export const PART_HEADER = "Tidewire-Part";
/** On a record that stands in parts: their sequence numbers, in order, separated by commas. */
export const PARTS_HEADER = "Tidewire-Parts";

/** What the network and the stream may have at once: the round trip is hidden well before this, memory stays small. */
const MAX_IN_FLIGHT = 512;
const MAX_IN_FLIGHT_BYTES = 8 * 1024 * 1024;
/** A stream's leader answers in milliseconds; without one nobody answers at all. */
const ANSWER_TIMEOUT_MS = 2_000;
/** Between two tries of one message. */
const RETRY_MS = 250;
/** Room for the headers of a message: names of at most 400 bytes, and the sequences of the parts of 16 MiB. */
const HEADER_BYTES = 4_096;

/** What a {@linkcode JetstreamPublisher} is made of. */
export interface JetstreamPublisherOptions {
  readonly client: JetStreamClient;
  readonly stream: string;
  readonly subjectPrefix: string;
  /** The largest message, headers included. */
  readonly maxMessageBytes: number;
  /** How long one batch is tried: elections of a stream's leader take up to some 10 s. */
  readonly patienceMs: number;
  readonly isConnected: () => boolean;
  readonly monotonicMs: () => number;
}

/**
 * Publishes records and waits for the stream's word on each.
 *
 * One agent's records go one after the other, the next once the one before it is acknowledged: an agent's order is kept
 * even where a message in the middle is lost and sent again. Different agents' records go side by side.
 *
 * A record that is larger than a message is stored as parts, and then as a message that names their sequence numbers. Only
 * that message is the record and only it bears the record's id: two servers may cut the same snapshot differently, since
 * its agent may have, and still one of them stores it. Parts that nobody names are left over, and nobody's.
 */
export class JetstreamPublisher {
  readonly #options: JetstreamPublisherOptions;
  readonly #gate: PublishGate = new PublishGate(MAX_IN_FLIGHT, MAX_IN_FLIGHT_BYTES);
  /** Tells this server's parts from those of another one that stores the same snapshot. */
  readonly #nonce: string = crypto.randomUUID();
  #duplicates = 0;

  constructor(options: JetstreamPublisherOptions) {
    this.#options = options;
  }

  /** Records that the stream held already. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Resolves when all are stored; rejects, after all that was begun has ended, when that is not known. */
  async publish(records: readonly SnapshotRecord[]): Promise<void> {
    const giveUpMs = this.#options.monotonicMs() + this.#options.patienceMs;
    const chains = [...Map.groupBy(records, ({ agentId }) => agentId).values()];
    const outcomes = await Promise.allSettled(chains.map((chain) => this.#publishChain(chain, giveUpMs)));
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #publishChain(records: readonly SnapshotRecord[], giveUpMs: number): Promise<void> {
    for (const record of records) {
      const content = joined(record);
      const msgId = recordMsgId(record);
      const largest = this.#options.maxMessageBytes - HEADER_BYTES;
      if (content.length <= largest) {
        await this.#publishOne(record.agentId, msgId, content, createHeaders(), giveUpMs);
      } else {
        await this.#publishParts(record.agentId, msgId, content, largest, giveUpMs);
      }
    }
  }

  async #publishParts(
    agentId: string,
    msgId: string,
    content: Uint8Array,
    partBytes: number,
    giveUpMs: number,
  ): Promise<void> {
    const partCount = Math.ceil(content.length / partBytes);
    const sequences: number[] = [];
    for (let index = 0; index < partCount; index++) {
      const part = content.subarray(index * partBytes, (index + 1) * partBytes);
      const partHeaders = createHeaders();
      partHeaders.set(PART_HEADER, `${index}/${partCount}`);
      const partId = `${msgId}.${this.#nonce}.${index}`;
      sequences.push(await this.#publishOne(agentId, partId, part, partHeaders, giveUpMs));
    }
    const recordHeaders = createHeaders();
    recordHeaders.set(PARTS_HEADER, sequences.join(","));
    await this.#publishOne(agentId, msgId, new Uint8Array(0), recordHeaders, giveUpMs);
  }

  /** @returns the message's sequence number in the stream */
  async #publishOne(
    agentId: string,
    msgId: string,
    content: Uint8Array,
    messageHeaders: MsgHdrs,
    giveUpMs: number,
  ): Promise<number> {
    for (;;) {
      try {
        return await this.#gate.pass(content.length, () => this.#try(agentId, msgId, content, messageHeaders));
      } catch (error) {
        // The id makes it safe to try again what may have been stored.
        if (this.#options.monotonicMs() + RETRY_MS >= giveUpMs) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  async #try(agentId: string, msgId: string, content: Uint8Array, messageHeaders: MsgHdrs): Promise<number> {
    const { client, stream, subjectPrefix, isConnected } = this.#options;
    // What is published while there is no connection would only pile up in memory.
    if (!isConnected()) throw new Error("no NATS server is connected");
    const subject = `${subjectPrefix}.${agentToken(agentId)}`;
    const ack = await client.publish(subject, content, {
      msgID: msgId,
      headers: messageHeaders,
      timeout: ANSWER_TIMEOUT_MS,
      expect: { streamName: stream },
    });
    // NATS before 2.10 answers so for a duplicate of a message that is on its way and may yet be lost: no word of it
    // being stored (https://github.com/nats-io/nats-server/pull/5827).
    if (ack.seq < 1) throw new Error("the stream has seen the message and not stored it yet");
    if (ack.duplicate) this.#duplicates++;
    return ack.seq;
  }
}

/** A message's body is a capture: the record's frames, one after another (spec §8). */
function joined({ frames, frameBytes }: SnapshotRecord): Uint8Array {
  if (frames.length === 1) return frames[0]!;
  const bytes = new Uint8Array(frameBytes);
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}
