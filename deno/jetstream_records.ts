import type { ConsumerMessages, JsMsg } from "@nats-io/jetstream";
import type { StoredId } from "../src/ports/mod.ts";
import { type FollowedStream, lastSequence } from "./jetstream_follower.ts";
import { readRecordMsgId } from "./jetstream_names.ts";
import { PARTS_HEADER } from "./jetstream_publisher.ts";

/** Messages asked for at a time, in bytes: the largest one, and room for many of the usual ones. */
const READ_BYTES = 4 * 1024 * 1024;

/** A record as the stream holds it. */
export interface StreamRecord extends StoredId {
  /** Its frames, one after another: a capture (spec §8). Nothing when parts of it are gone. */
  readonly bytes: Uint8Array | undefined;
}

/** The records that the stream holds now, in its order. */
export async function* readRecords(source: FollowedStream): AsyncGenerator<StreamRecord> {
  const last = await lastSequence(source);
  if (last === 0) return;
  const messages = await readMessages(source);
  try {
    for await (const message of messages) {
      const id = readRecordMsgId(message.headers?.get("Nats-Msg-Id") ?? "");
      if (id !== undefined) yield { ...id, bytes: await contentOf(source, message) };
      if (message.seq >= last) return;
    }
  } finally {
    await messages.close();
  }
}

async function readMessages({ client, stream, subjectPrefix }: FollowedStream): Promise<ConsumerMessages> {
  const consumer = await client.consumers.get(stream, { filter_subjects: `${subjectPrefix}.*` });
  return await consumer.consume({ max_bytes: READ_BYTES });
}

/** The message's body, or its parts put together. */
async function contentOf(source: FollowedStream, message: JsMsg): Promise<Uint8Array | undefined> {
  const named = message.headers?.get(PARTS_HEADER) ?? "";
  // A copy: what comes from the socket is a view of a larger buffer.
  if (named === "") return new Uint8Array(message.data);
  const parts: Uint8Array[] = [];
  for (const sequence of named.split(",")) {
    const part = await source.manager.streams.getMessage(source.stream, { seq: Number(sequence) });
    // Limits of the stream take the oldest first, and parts stand before their record.
    if (part === null) return undefined;
    parts.push(part.data);
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
