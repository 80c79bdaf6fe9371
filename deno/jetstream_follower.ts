import type { ConsumerMessages, JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { StoredId } from "../src/ports/mod.ts";
import { readRecordMsgId } from "./jetstream_names.ts";

/** Messages asked for at a time; headers only, some 200 bytes each. */
const READ_MESSAGES = 2_000;
/** A reading that broke is taken up again after this. */
const RESUME_MS = 500;
/** How long the stream's leader may take to say what its newest message is. */
const LAST_TIMEOUT_MS = 5_000;

/** What a {@linkcode JetstreamFollower} reads. */
export interface FollowedStream {
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly stream: string;
  readonly subjectPrefix: string;
}

/**
 * Learns from the stream itself what all servers store into it, so that no server holds what another one needs: the ids
 * of the past at start, and then what comes.
 */
export class JetstreamFollower {
  readonly #source: FollowedStream;
  readonly #onStored: (id: StoredId) => void;
  #nextSequence = 1;
  #records = 0;
  #messages: ConsumerMessages | undefined;
  #isClosed = false;
  #wake = Promise.withResolvers<void>();

  /** @param onStored told of each stored snapshot, in the stream's order */
  constructor(source: FollowedStream, onStored: (id: StoredId) => void) {
    this.#source = source;
    this.#onStored = onStored;
  }

  /** Snapshots seen so far. */
  get records(): number {
    return this.#records;
  }

  /** Follows until it is closed. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#follow();
      } catch {
        // The connection, or the consumer with its server, is gone: both come back.
      }
      if (!this.#isClosed) await new Promise((resolve) => setTimeout(resolve, RESUME_MS));
    }
  }

  /**
   * Resolves once everything is known that the stream held when this was called. Rejects when the stream's leader does not
   * answer, or the time is over.
   */
  async catchUp(timeoutMs: number): Promise<void> {
    const last = await lastSequence(this.#source);
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      deadline.reject(new Error(`what the stream holds could not be read within ${timeoutMs / 1_000} s`));
    }, timeoutMs);
    try {
      while (this.#nextSequence <= last) {
        if (this.#isClosed) throw new Error("the store is closed");
        await Promise.race([this.#wake.promise, deadline.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stir();
    await this.#messages?.close();
  }

  async #follow(): Promise<void> {
    this.#messages = await readHeaders(this.#source, this.#nextSequence);
    if (this.#isClosed) await this.#messages.close();
    for await (const { seq, headers } of this.#messages) {
      const id = readRecordMsgId(headers?.get("Nats-Msg-Id") ?? "");
      if (id !== undefined) {
        this.#records++;
        this.#onStored(id);
      }
      this.#nextSequence = seq + 1;
      this.#stir();
    }
  }

  #stir(): void {
    const wake = this.#wake;
    this.#wake = Promise.withResolvers();
    wake.resolve();
  }
}

/** The ids that the stream holds now, oldest first. */
export async function* readStoredIds(source: FollowedStream): AsyncGenerator<StoredId> {
  const last = await lastSequence(source);
  if (last === 0) return;
  const messages = await readHeaders(source, 1);
  try {
    for await (const { seq, headers } of messages) {
      const id = readRecordMsgId(headers?.get("Nats-Msg-Id") ?? "");
      if (id !== undefined) yield id;
      if (seq >= last) return;
    }
  } finally {
    await messages.close();
  }
}

/** Of the newest message on the agents' subjects, as the stream's leader says; 0 when there is none. */
export async function lastSequence({ manager, stream, subjectPrefix }: FollowedStream): Promise<number> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("the stream's leader does not answer")), LAST_TIMEOUT_MS);
  try {
    const asked = manager.streams.getMessage(stream, { last_by_subj: `${subjectPrefix}.*` });
    return (await Promise.race([asked, late.promise]))?.seq ?? 0;
  } finally {
    clearTimeout(timer);
  }
}

async function readHeaders(source: FollowedStream, fromSequence: number): Promise<ConsumerMessages> {
  const consumer = await source.client.consumers.get(source.stream, {
    filter_subjects: `${source.subjectPrefix}.*`,
    headers_only: true,
    deliver_policy: "by_start_sequence",
    opt_start_seq: fromSequence,
  });
  return await consumer.consume({ max_messages: READ_MESSAGES });
}
