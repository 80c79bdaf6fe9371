import type { IngestEvent } from "../src/ingest/mod.ts";
import type { Log, LogFields, LogLevel } from "../src/ports/mod.ts";
import type { FileStoreEvent } from "./file_store.ts";
import type { JetstreamStoreEvent } from "./jetstream_store.ts";

type LoggedEvent = IngestEvent | FileStoreEvent | JetstreamStoreEvent;

/** How much each event matters. */
const LEVELS: Readonly<Record<LoggedEvent["type"], LogLevel>> = {
  connectionRefused: "warn",
  tlsFailed: "warn",
  unauthorized: "warn",
  agentConnected: "info",
  disconnected: "info",
  agentReplaced: "warn",
  // One for each snapshot, at a rate that only a person who is looking wants.
  stored: "debug",
  refused: "warn",
  protocolError: "warn",
  unknownExtensions: "debug",
  queueFull: "warn",
  throttle: "warn",
  storeFailed: "error",
  storeRecovered: "info",
  draining: "info",
  drained: "info",
  tornTail: "warn",
  damaged: "error",
  recovering: "info",
  rotated: "info",
  removed: "info",
  removeFailed: "error",
  streamOpened: "info",
  streamWarning: "warn",
  storeDisconnected: "error",
  storeReconnected: "info",
};

/** Writes what engine and store tell to a log. */
export function logEvent(log: Log, event: LoggedEvent): void {
  const { type, ...fields } = event;
  log.write(LEVELS[type], type, event.type === "agentConnected" ? agentFields(event) : (fields as LogFields));
}

function agentFields(event: IngestEvent & { readonly type: "agentConnected" }): LogFields {
  const { agentId, remoteAddress, version, platform, handshake } = event;
  return {
    agentId,
    remoteAddress,
    version: `${version.major}.${version.minor}`,
    platform,
    agentVersion: handshake.agentVersion,
    hostName: handshake.hostName,
    osRelease: handshake.osRelease,
  };
}
