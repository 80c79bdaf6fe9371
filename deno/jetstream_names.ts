/**
 * How a record is named in a stream.
 *
 * - Subject `<prefix>.<agent token>`: the agents' order is the order of their subjects.
 * - `Nats-Msg-Id` `<agent token>.<snapshot id>`: what the stream keeps once. Parts of a record that is over the stream's
 *   largest message have two more fields, so they are told apart by their names alone.
 *
 * @module
 */
import type { StoredId } from "../src/ports/mod.ts";
import { ID_BYTES, idHex } from "../src/protocols/snapshot/mod.ts";

const RECORD_ID = /^([^.]+)\.([0-9a-f]{32})$/;

/** An agent's id as one token of a subject: all but letters, digits, `-` and `_` percent-encoded. */
export function agentToken(agentId: string): string {
  return encodeURIComponent(agentId).replaceAll(
    /[.!~*'()]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** The `Nats-Msg-Id` of a record. */
export function recordMsgId({ agentId, snapshotId }: StoredId): string {
  return `${agentToken(agentId)}.${idHex(snapshotId)}`;
}

/** Which snapshot a `Nats-Msg-Id` names; nothing when it names a part, or is none of ours. */
export function readRecordMsgId(msgId: string): StoredId | undefined {
  const match = RECORD_ID.exec(msgId);
  if (match === null) return undefined;
  const snapshotId = new Uint8Array(ID_BYTES);
  for (let i = 0; i < ID_BYTES; i++) snapshotId[i] = Number.parseInt(match[2]!.slice(2 * i, 2 * i + 2), 16);
  try {
    return { agentId: decodeURIComponent(match[1]!), snapshotId };
  } catch {
    return undefined;
  }
}
