/** What each fault and each odd thing of this protocol means, and what a receiver does about it. */
import type { Explanation, Severity, SpecPlace } from "../inspection.ts";
import type { CaptureErrorName } from "./errors.ts";

const FRAME: SpecPlace = { section: "§1", anchor: "1-frame" };
const ENVELOPE: SpecPlace = { section: "§2", anchor: "2-envelope" };
const ENCODING: SpecPlace = { section: "§3", anchor: "3-payload-encoding" };
const MESSAGES: SpecPlace = { section: "§4", anchor: "4-messages" };
const EXTENSIONS: SpecPlace = { section: "§5", anchor: "5-extensions" };
const SESSION: SpecPlace = { section: "§6", anchor: "6-session" };
const CODES: SpecPlace = { section: "§7", anchor: "7-error-codes" };
const FILES: SpecPlace = { section: "§8", anchor: "8-capture-files" };

type Entry = readonly [title: string, spec: SpecPlace, receiver: string];

/** By the names of the protocol, so that the compiler refuses a table with a hole. */
const OF_ERRORS: Readonly<Record<CaptureErrorName, Entry>> = {
  FRAME_MALFORMED: [
    "A frame that can't be one",
    ENVELOPE,
    "Answers Error FRAME_MALFORMED. A length too small for an envelope closes the connection; a broken envelope costs this frame only.",
  ],
  FRAME_TOO_LARGE: [
    "A length over the maximum",
    FRAME,
    "Answers Error FRAME_TOO_LARGE and buffers nothing. Up to 16 MiB it skips that many bytes and goes on; over that it closes the connection.",
  ],
  CRC_MISMATCH: [
    "The CRC does not hold",
    FRAME,
    "Drops the frame, answers Error CRC_MISMATCH and goes on at the next frame. The agent sends an unanswered snapshot again. After 8 bad frames in a row the connection is closed.",
  ],
  UNKNOWN_MESSAGE_TYPE: [
    "A message type that is not known here",
    ENVELOPE,
    "Answers Error UNKNOWN_MESSAGE_TYPE; the connection goes on. So is a known type that this side never gets.",
  ],
  UNSUPPORTED_FLAG: [
    "A reserved flag that must be understood",
    ENVELOPE,
    "Answers Error UNSUPPORTED_FLAG: what the flag asks for is not known, so the message can't be read safely. The connection goes on.",
  ],
  VERSION_UNSUPPORTED: [
    "Another major version",
    SESSION,
    "At a Handshake without a version in both ranges: answers Error VERSION_UNSUPPORTED, names its own range and closes. In another message: answers the same and drops the message.",
  ],
  HANDSHAKE_REQUIRED: [
    "A message before the handshake",
    SESSION,
    "Answers Error HANDSHAKE_REQUIRED and does nothing else with the message. A connection without a Handshake in time is closed.",
  ],
  HANDSHAKE_REPEATED: [
    "A second handshake",
    SESSION,
    "Answers Error HANDSHAKE_REPEATED; the first handshake stays in force.",
  ],
  PAYLOAD_MALFORMED: [
    "A payload that breaks its own rules",
    MESSAGES,
    "Refuses a Snapshot for good: Ack with status refused, and the agent gives the snapshot up. Any other message is answered with Error.",
  ],
  PAYLOAD_TOO_LARGE: [
    "A payload that would be too large",
    ENCODING,
    "Refuses it with an Ack before anything is decompressed or put together. The agent gives the snapshot up.",
  ],
  DECOMPRESSION_FAILED: [
    "Compressed content that can't be decompressed",
    ENCODING,
    "Refuses the snapshot with an Ack. The agent gives it up: the same bytes would fail again.",
  ],
  SEGMENT_CONFLICT: [
    "A part that contradicts an earlier one",
    ENCODING,
    "Refuses this part with an Ack; the parts that it has stay.",
  ],
  REASSEMBLY_OVERFLOW: [
    "Too many unfinished snapshots",
    SESSION,
    "Drops the oldest unfinished snapshot of the agent and refuses its parts, so that one agent holds at most 4 of them and 16 MiB.",
  ],
  STORE_FAILED: [
    "The store can't write",
    SESSION,
    "Closes the connection where only a reconnect brings everything again. The agent keeps the snapshot and sends it again.",
  ],
  UNAUTHORIZED: [
    "The agent is not let in",
    CODES,
    "Answers the Handshake with Error UNAUTHORIZED and closes. The agent keeps its snapshots and tries again.",
  ],
  IDLE_TIMEOUT: [
    "Nothing came in for three heartbeats",
    SESSION,
    "Sends Error IDLE_TIMEOUT and closes the connection. The agent reconnects and sends what is not stored again.",
  ],
  SHUTTING_DOWN: [
    "The server shuts down",
    CODES,
    "Sends Error SHUTTING_DOWN and closes. The agent reconnects and sends what is not stored again.",
  ],
  AGENT_MISMATCH: [
    "Another agent's id on this connection",
    CODES,
    "Answers Error AGENT_MISMATCH and drops the message: a connection speaks for the agent of its Handshake alone.",
  ],
  COMPRESSION_NOT_NEGOTIATED: [
    "Compressed, though nothing was agreed",
    ENCODING,
    "Refuses the snapshot with an Ack: compressed is allowed only when HandshakeAck chose zstd.",
  ],
  AGENT_REPLACED: [
    "A newer connection took over",
    SESSION,
    "Sends Error AGENT_REPLACED to the older connection, closes it, and says so in its log: two machines may share an id.",
  ],
  TRUNCATED: [
    "The end lies inside a frame",
    FILES,
    "A receiver waits for the rest until the connection ends. A server that finds this at the end of its own file after a crash cuts it back to the last whole frame.",
  ],
};

/** What a decoder takes, and yet is worth a look. */
const OF_ODDITIES: Readonly<Record<string, readonly [severity: Severity, ...entry: Entry]>> = {
  IGNORABLE_FLAG: ["note", "A reserved flag that may be ignored", ENVELOPE, "Ignores the flag."],
  UNKNOWN_PLATFORM: [
    "note",
    "A platform without a name",
    ENVELOPE,
    "Takes the message; the platform is shown as a number.",
  ],
  NEWER_MINOR_VERSION: [
    "note",
    "A newer minor version",
    EXTENSIONS,
    "Reads the message: a minor version adds extensions only, and those that are not known are skipped.",
  ],
  UNKNOWN_EXTENSION: [
    "note",
    "An extension that is not known here",
    EXTENSIONS,
    "Skips it, and reports it as an event.",
  ],
  REFUSED: [
    "warning",
    "The server refused a message",
    SESSION,
    "The agent gives the snapshot up for good, counts it, and says so in its log.",
  ],
  ERROR_MESSAGE: [
    "warning",
    "A side reports an error",
    CODES,
    "An agent keeps a snapshot that the error is no verdict on, and gives it up otherwise. A server takes note and answers nothing.",
  ],
  REPEATED_MESSAGE: [
    "note",
    "The same message once more",
    SESSION,
    "Takes it as a resend: what is stored already is answered with stored at once, and stored once only.",
  ],
  REUSED_ID: [
    "warning",
    "Two messages under one id",
    ENVELOPE,
    "Can't tell: the answer to one counts for the other. An id is to be unique for each message.",
  ],
  TIME_WENT_BACK: [
    "note",
    "Sent before the message in front of it",
    ENVELOPE,
    "Takes it. A resend keeps its first time; otherwise the sender's clock was set back.",
  ],
  PART_OUT_OF_ORDER: [
    "note",
    "A part before the one that precedes it",
    ENCODING,
    "Puts the parts together by their index, in whatever order they come.",
  ],
  NOT_CANONICAL: [
    "note",
    "Written differently than this code writes",
    ENVELOPE,
    "Takes it: it means the same. A byte that is reserved is not 0, or the sender is another implementation.",
  ],
  SKIPPED_BYTES: [
    "warning",
    "Bytes that were skipped",
    FRAME,
    "On a connection it goes on where the declared length leads, and closes after 8 bad frames in a row. A reader of files looks for the next frame whose CRC holds.",
  ],
  INCOMPLETE_SNAPSHOT: [
    "warning",
    "A snapshot with parts missing",
    ENCODING,
    "Keeps the parts until the rest comes or the agent has 4 newer ones. The agent sends an unanswered part again.",
  ],
  "snapshot/window-exceeded": [
    "warning",
    "More unstored snapshots than were allowed",
    MESSAGES,
    "Leaves the snapshot unanswered, so that the agent sends it again once others are stored.",
  ],
  DUPLICATE_SNAPSHOT: [
    "note",
    "A whole snapshot once more",
    SESSION,
    "Answers stored at once, and stores it once only.",
  ],
};

/** Every code, with what explains it. */
export const EXPLANATIONS: readonly Explanation[] = [
  ...Object.entries(OF_ERRORS).map(([code, [title, spec, receiver]]): Explanation => {
    return { code, severity: "error", title, spec, receiver };
  }),
  ...Object.entries(OF_ODDITIES).map(([code, [severity, title, spec, receiver]]): Explanation => {
    return { code, severity, title, spec, receiver };
  }),
];
