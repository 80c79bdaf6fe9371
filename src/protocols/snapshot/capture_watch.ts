/** What is odd about frames that can be decoded, one by one and in their order. */
import type { FieldSink } from "../../core/mod.ts";
import { RecentMap } from "../../sansio/mod.ts";
import type { FrameRow } from "../definition.ts";
import type { ByteRange, CaptureWatch, Oddity } from "../inspection.ts";
import { decodeEnvelope } from "./decode.ts";
import { decodeControl } from "./decode_control.ts";
import { errorName } from "./errors.ts";
import { FROM_SERVERS, type MessageRow, messageRowOf } from "./row_shape.ts";
import { VERSION_1_0 } from "./version.ts";
import { FLAG_COMPRESSED, FLAG_SEGMENTED, FLAGS_CRITICAL, PLATFORM_MACOS } from "./wire.ts";

/** Message ids that are known again, about 24 MB; beyond, the oldest are forgotten. */
const MAX_IDS = 131_072;
/** Agents, and unfinished snapshots, that are told apart; beyond, those that were seen first are forgotten. */
const MAX_AGENTS = 32_768;
const MAX_SNAPSHOTS = 8_192;
const KNOWN_FLAGS: number = FLAG_COMPRESSED | FLAG_SEGMENTED | FLAGS_CRITICAL;

/** Ranges of the fields that every frame has (spec §2), behind the eight bytes of the header. */
const VERSION: ByteRange = { start: 8, end: 10 };
const FLAGS: ByteRange = { start: 11, end: 12 };
const PLATFORM: ByteRange = { start: 12, end: 13 };
const MESSAGE_ID: ByteRange = { start: 16, end: 32 };
const TIMESTAMP: ByteRange = { start: 32, end: 40 };

/** Watches one capture. */
export class SnapshotWatch implements CaptureWatch {
  /** Message ids and the CRC of the frame that each stood in. */
  readonly #crcs: RecentMap<string, number> = new RecentMap(MAX_IDS);
  readonly #lastSentMs: RecentMap<string, number | bigint> = new RecentMap(MAX_AGENTS);
  readonly #lastPart: RecentMap<string, number> = new RecentMap(MAX_SNAPSHOTS);

  take(frame: Uint8Array, row: FrameRow): readonly Oddity[] {
    const message = messageRowOf(row);
    const oddities = [...envelopeOddities(message), ...extensionOddities(frame, message), ...answerOddities(message)];
    const repeated = this.#repeated(frame, message);
    if (repeated !== undefined) oddities.push(repeated);
    else oddities.push(...this.#outOfOrder(message));
    return oddities;
  }

  #repeated(frame: Uint8Array, { messageId, agentId, type }: MessageRow): Oddity | undefined {
    const crc = new DataView(frame.buffer, frame.byteOffset).getUint32(4, true);
    // An id is unique for an agent or a server (spec §2).
    const key = `${messageId} ${FROM_SERVERS.has(type) ? "" : agentId}`;
    const known = this.#crcs.get(key);
    this.#crcs.set(key, crc);
    if (known === undefined) return undefined;
    const code = known === crc ? "REPEATED_MESSAGE" : "REUSED_ID";
    const found = known === crc ? `message ${messageId} again` : `another message under ${messageId}`;
    return { code, found, expected: "an id of its own for each message", range: MESSAGE_ID };
  }

  #outOfOrder(message: MessageRow): Oddity[] {
    const { agentId, type, timestampUtcMs } = message;
    const oddities: Oddity[] = [];
    const key = `${FROM_SERVERS.has(type) ? "server" : "agent"} ${agentId}`;
    const last = this.#lastSentMs.get(key);
    this.#lastSentMs.set(key, timestampUtcMs);
    if (last !== undefined && timestampUtcMs < last) {
      const found = `${BigInt(last) - BigInt(timestampUtcMs)} ms before the message in front of it`;
      oddities.push({ code: "TIME_WENT_BACK", found, expected: `${last} ms or later`, range: TIMESTAMP });
    }
    if (message.type !== "snapshot" || message.segment === undefined) return oddities;
    const { snapshotId, partIndex, partCount } = message.segment;
    const wholeKey = `${snapshotId} ${agentId}`;
    const lastPart = this.#lastPart.get(wholeKey) ?? -1;
    if (message.payload === undefined) this.#lastPart.set(wholeKey, partIndex);
    else this.#lastPart.delete(wholeKey);
    if (partIndex >= lastPart) return oddities;
    const found = `part ${partIndex + 1} of ${partCount} behind part ${lastPart + 1}`;
    return [...oddities, { code: "PART_OUT_OF_ORDER", found, expected: "parts in the order of their index" }];
  }
}

function envelopeOddities({ version, flags, platform }: MessageRow): Oddity[] {
  const oddities: Oddity[] = [];
  const [major, minor] = version.split(".").map(Number) as [number, number];
  if (major === VERSION_1_0.major && minor > VERSION_1_0.minor) {
    const expected = `up to ${VERSION_1_0.major}.${VERSION_1_0.minor}`;
    oddities.push({ code: "NEWER_MINOR_VERSION", found: `version ${version}`, expected, range: VERSION });
  }
  // spec §2: bits 4–7 reserved and ignorable
  if ((flags & ~KNOWN_FLAGS) !== 0) {
    const found = `flags 0x${flags.toString(16)}`;
    oddities.push({ code: "IGNORABLE_FLAG", found, expected: "bits 4 to 7 clear", range: FLAGS });
  }
  if (platform > PLATFORM_MACOS) {
    oddities.push({ code: "UNKNOWN_PLATFORM", found: `platform ${platform}`, expected: "0 to 3", range: PLATFORM });
  }
  return oddities;
}

/** This version has no extensions of its own: each is one that it doesn't know (spec §5). */
function extensionOddities(frame: Uint8Array, { envelopeExtensions, type, payload }: MessageRow): Oddity[] {
  const tags = [...envelopeExtensions, ...(payload?.extensions ?? [])].map(({ tag }) => tag);
  if (tags.length === 0) return [];
  const ranges = extensionRanges(frame, type !== "snapshot");
  return tags.map((tag, i) => {
    const range = ranges[i];
    const oddity = { code: "UNKNOWN_EXTENSION", found: `extension ${tag}`, expected: "none in version 1.0" };
    return range === undefined ? oddity : { ...oddity, range };
  });
}

/** Where the extensions of the envelope and, where that is not a Snapshot's, of the payload stand. */
function extensionRanges(frame: Uint8Array, withPayload: boolean): ByteRange[] {
  const ranges: ByteRange[] = [];
  const open: { readonly name: string; readonly offset: number }[] = [];
  const sink: FieldSink = {
    open: (name, offset) => void open.push({ name, offset }),
    field: () => {},
    close: (offset) => {
      const group = open.pop();
      if (group?.name === "extension") ranges.push({ start: group.offset, end: offset });
    },
  };
  const decoded = decodeEnvelope(frame, sink);
  if (withPayload) decodeControl(frame, decoded, sink);
  return ranges;
}

function answerOddities(message: MessageRow): Oddity[] {
  if (message.type === "ack" && message.payload.status === 2) {
    const { errorCode, detail, ackedId } = message.payload;
    const found = `${ackedId} refused: ${errorName(errorCode)}, ${detail}`;
    return [{ code: "REFUSED", found, expected: "received or stored" }];
  }
  if (message.type === "error") {
    const { errorCode, detail } = message.payload;
    return [{ code: "ERROR_MESSAGE", found: `${errorName(errorCode)}: ${detail}`, expected: "no error" }];
  }
  return [];
}
