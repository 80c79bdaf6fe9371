import { JetStreamApiCodes, JetStreamApiError, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";
import type { JetstreamAddress } from "./jetstream_address.ts";

/**
 * The dedupe window that this store needs: what it publishes has been looked up in the stream at most 30 s before, and is
 * tried for at most 17 s; and it is four times the longest wait of an agent between two sendings (spec §6.4), which is
 * how far apart two servers may come with the same snapshot. It is also NATS' own default. A longer one is no better:
 * ids that are older are known from the stream itself, and the window is memory of every replica.
 */
export const DEDUPE_WINDOW_MS = 120_000;
/** NATS counts times in nanoseconds. */
const NANOS_PER_MS = 1_000_000;
/** A part with its headers; a stream that takes less is no place for snapshots. */
const MIN_MESSAGE_BYTES = 65_536;

/** Why a stream is of no use: what would be acknowledged could not be kept, or could not be found again. */
export class StreamUnfit extends Error {
  override readonly name = "StreamUnfit";
}

/** What this store reads of a stream's settings. */
export type StreamSettings = Pick<
  StreamConfig,
  | "subjects"
  | "storage"
  | "num_replicas"
  | "retention"
  | "discard"
  | "max_age"
  | "max_bytes"
  | "max_msgs"
  | "max_msgs_per_subject"
  | "max_msg_size"
  | "duplicate_window"
> &
  Partial<Pick<StreamConfig, "no_ack" | "sealed" | "mirror">>;

/**
 * Reads the stream's settings, and makes the stream first if that is asked for and it is not there. Settings of a stream
 * that is there are never changed.
 *
 * @throws StreamUnfit when there is no such stream
 */
export async function openStream(manager: JetStreamManager, address: JetstreamAddress): Promise<StreamSettings> {
  const { stream, createReplicas, subjectPrefix } = address;
  try {
    return (await manager.streams.info(stream)).config;
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.StreamNotFound) throw error;
  }
  if (createReplicas === undefined) {
    throw new StreamUnfit(`there is no stream ${stream}; make one for ${subjectPrefix}.>, or say ?create=replicas=3`);
  }
  const { config } = await manager.streams.add({
    name: stream,
    subjects: [`${subjectPrefix}.>`],
    storage: "file",
    retention: "limits",
    // Full means that nothing is acknowledged any more, not that what was acknowledged goes.
    discard: "new",
    num_replicas: createReplicas,
    duplicate_window: DEDUPE_WINDOW_MS * NANOS_PER_MS,
  });
  return config;
}

/**
 * What the settings promise less than durable and once, a sentence each.
 *
 * @param maxPayloadBytes of the server
 * @throws StreamUnfit for what makes the stream useless
 */
export function judgeStream(settings: StreamSettings, subjectPrefix: string, maxPayloadBytes: number): string[] {
  refuseUnfit(settings, subjectPrefix, maxPayloadBytes);
  const warnings: string[] = [];
  if (settings.storage !== "file") warnings.push("storage is memory: what is acknowledged goes with the NATS servers");
  if (settings.num_replicas < 3) {
    warnings.push(
      `replicas is ${settings.num_replicas}: what is acknowledged survives a NATS server that ends, but not its machine, ` +
        "unless the NATS servers (2.10 or newer) run with sync_interval: always; use three replicas on separate power",
    );
  }
  const limits = limitsOf(settings);
  if (limits.length > 0) {
    warnings.push(
      settings.discard === "new"
        ? `discard is new with ${limits.join(", ")}: a full stream takes nothing more, and nothing is acknowledged until there is room`
        : `discard is old with ${limits.join(", ")}: the oldest snapshots go when a limit is reached`,
    );
  }
  if (settings.duplicate_window < DEDUPE_WINDOW_MS * NANOS_PER_MS) {
    warnings.push(
      `duplicate_window is ${settings.duplicate_window / NANOS_PER_MS / 1_000} s, shorter than the ${DEDUPE_WINDOW_MS / 1_000} s ` +
        "in which agents send again: a snapshot may be stored twice when an agent moves to another server",
    );
  }
  return warnings;
}

/** How large a message may be, headers included. */
export function maxMessageBytes(settings: StreamSettings, maxPayloadBytes: number): number {
  return settings.max_msg_size > 0 ? Math.min(settings.max_msg_size, maxPayloadBytes) : maxPayloadBytes;
}

function refuseUnfit(settings: StreamSettings, subjectPrefix: string, maxPayloadBytes: number): void {
  if (settings.mirror !== undefined) throw new StreamUnfit("it is a mirror, which takes nothing itself");
  if (settings.sealed === true) throw new StreamUnfit("it is sealed");
  if (settings.no_ack === true) throw new StreamUnfit("no_ack is set: the stream would never say what is stored");
  if (settings.retention !== "limits") {
    throw new StreamUnfit(
      `retention is ${settings.retention}: snapshots would go when somebody reads them; use limits`,
    );
  }
  const needed = [`${subjectPrefix}.>`, `${subjectPrefix}.*`, ">"];
  if (!settings.subjects.some((subject) => needed.includes(subject) || covers(subject, subjectPrefix))) {
    throw new StreamUnfit(
      `it takes ${settings.subjects.join(", ")}, and not ${subjectPrefix}.>; name its prefix with ?subject=`,
    );
  }
  const largest = maxMessageBytes(settings, maxPayloadBytes);
  if (largest < MIN_MESSAGE_BYTES) {
    throw new StreamUnfit(`its largest message has ${largest} bytes, expected at least ${MIN_MESSAGE_BYTES}`);
  }
}

/** Whether `subject` is `a.>` for a prefix that begins with `a.`. */
function covers(subject: string, subjectPrefix: string): boolean {
  return subject.endsWith(".>") && subjectPrefix.startsWith(subject.slice(0, -1));
}

function limitsOf(settings: StreamSettings): string[] {
  return (["max_age", "max_bytes", "max_msgs", "max_msgs_per_subject"] as const).filter((name) => settings[name] > 0);
}
