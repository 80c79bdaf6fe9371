/** What a server says of a message that its state has no place for (spec §6.1, §7). */
import type { ProtocolError } from "../../core/protocol_error.ts";
import { type ErrorName, localError, SnapshotError } from "./errors.ts";
import type { ErrorPayload } from "./messages.ts";

const EXPECTED: Partial<Record<ErrorName, string>> = {
  HANDSHAKE_REQUIRED: "a Handshake first",
  HANDSHAKE_REPEATED: "one Handshake a connection",
  AGENT_MISMATCH: "the agentId of the Handshake",
  UNKNOWN_MESSAGE_TYPE: "a Heartbeat or a Snapshot",
};

/** The refusal that the table names for a message. */
export function refusalOf(name: ErrorName, found: string): SnapshotError {
  return new SnapshotError(name, found, EXPECTED[name] ?? "something else");
}

/** An Error from an agent is told and never answered: two sides that answer errors would not stop. */
export function peerError({ errorCode, detail }: ErrorPayload): ProtocolError {
  return localError("snapshot/peer-error", `error ${errorCode}: ${detail}`, "no error");
}
