/** What each fault and each odd thing of this protocol means, and what a receiver does about it. */
import type { Explanation, Severity, SpecPlace } from "../inspection.ts";
import type { CurveFault } from "./curve_errors.ts";
import type { ZmtpFault } from "./errors.ts";
import type { ZmtpOddity } from "./oddities.ts";

const GREETING: SpecPlace = { section: "§1.1", anchor: "11-greeting-64-octets" };
const FRAMES: SpecPlace = { section: "§1.2", anchor: "12-frames" };
const COMMANDS: SpecPlace = { section: "§1.3", anchor: "13-commands" };
const METADATA: SpecPlace = { section: "§1.4", anchor: "14-metadata" };
const NULL: SpecPlace = { section: "§1.5", anchor: "15-null-handshake" };
const PLAIN: SpecPlace = { section: "§1.6", anchor: "16-plain" };
const CURVE: SpecPlace = { section: "§1.7", anchor: "17-curve-handshake" };
const CURVE_MESSAGE: SpecPlace = { section: "§1.8", anchor: "18-curve-message" };
const TRAPS: SpecPlace = { section: "§1.10", anchor: "110-traps" };
const TYPES: SpecPlace = { section: "§1.11", anchor: "111-socket-type-compatibility" };
const IDENTITIES: SpecPlace = { section: "§1.12", anchor: "112-routing-id-rules" };
const HEARTBEATS: SpecPlace = { section: "§1.13", anchor: "113-heartbeats" };
const OLD: SpecPlace = { section: "§1.14", anchor: "114-downgrade" };
const ZWS: SpecPlace = { section: "§1.15", anchor: "115-zws-20" };
const ZAP: SpecPlace = { section: "§1.16", anchor: "116-zap-10" };
const READING: SpecPlace = { section: "§5", anchor: "5-how-captures-are-read" };

type Entry = readonly [title: string, spec: SpecPlace, receiver: string];

/** By fault, so that the compiler refuses a table with a hole. */
const OF_ERRORS: Readonly<Record<ZmtpFault | `curve-${CurveFault}`, Entry>> = {
  "old-version": [
    "A greeting of ZMTP 2.0 or 1.0, or none at all",
    OLD,
    "Closes the connection, unless the module for old versions was given, the mechanism is NULL and nobody is asked.",
  ],
  "bad-mechanism": ["A mechanism that is no name", GREETING, "Closes the connection."],
  "mechanism-mismatch": [
    "Another mechanism than this side's",
    GREETING,
    "Closes the connection: both names must be the same, and nothing is negotiated.",
  ],
  "unexpected-command": [
    "A command that nobody waits for",
    COMMANDS,
    "Inside the handshake it closes the connection; behind it unknown commands are ignored.",
  ],
  "early-message": [
    "A message before the handshake is done",
    TRAPS,
    "Closes the connection. A sender may send once it has received READY, not once it has sent its own.",
  ],
  "bad-metadata": ["Properties that can't be read", METADATA, "Closes the connection."],
  "metadata-too-large": ["More properties than are taken", METADATA, "Closes the connection."],
  "bad-socket-type": [
    "Two socket types that can't talk to each other",
    TYPES,
    "Closes the connection. libzmq does so without a word.",
  ],
  "unknown-socket-type": ["A socket type without a number", OLD, "Closes the connection of an old peer."],
  "bad-identity": ["An identity of more than 255 octets", IDENTITIES, "Closes the connection."],
  "bad-hello": ["A PLAIN HELLO that is cut or too long", PLAIN, "Closes the connection."],
  denied: [
    "This side did not let the peer in",
    ZAP,
    "Sends ERROR with the status (nothing for 300) and closes the connection.",
  ],
  "peer-error": ["The peer sent ERROR", COMMANDS, "Closes the connection; 300, 400 and 500 mean: not let in."],
  "handshake-timeout": [
    "A handshake that took too long",
    HEARTBEATS,
    "Closes the connection: 30 seconds unless set otherwise.",
  ],
  "frame-too-large": [
    "A body over the limit",
    FRAMES,
    "Closes the connection as soon as the head is there, and holds nothing of the body.",
  ],
  "message-too-large": [
    "A message over the limit",
    FRAMES,
    "Closes the connection. Nothing of the message is delivered: all parts or none.",
  ],
  "too-many-frames": [
    "A message of too many parts",
    FRAMES,
    "Closes the connection. Nothing of the message is delivered: all parts or none.",
  ],
  "command-too-large": ["A command over the limit", COMMANDS, "Closes the connection."],
  "bad-command": ["A command that ends inside its own name", COMMANDS, "Closes the connection, as libzmq does."],
  "bad-frame": ["An empty WebSocket message", ZWS, "Closes the connection: the octet of flags is missing."],
  "bad-length": ["A length of 0 in ZMTP 1.0", OLD, "Closes the connection: a length counts the octet of flags."],
  "bad-ping": [
    "A PING without its two octets of TTL",
    TRAPS,
    "Closes the connection. libzmq computes a negative length from it.",
  ],
  silence: ["Nothing came in for too long", HEARTBEATS, "Closes the connection; whoever connected connects again."],
  truncated: [
    "The end lies inside a frame",
    READING,
    "A receiver waits for the rest until the connection ends, and delivers nothing of the message.",
  ],
  "curve-bad-size": ["A CURVE command of the wrong size", CURVE, "Closes the connection."],
  "curve-version-unsupported": ["Another version of CurveZMQ than 1.0", CURVE, "Closes the connection."],
  "curve-wrong-server-key": [
    "A box made for another server's key",
    CURVE,
    "Closes the connection: one side knows another public key of the server than the server has.",
  ],
  "curve-weak-key": ["A public key of small order", CURVE, "Closes the connection: anybody could know the shared key."],
  "curve-bad-cookie": ["A cookie of another connection", CURVE, "Closes the connection."],
  "curve-bad-initiate": ["An INITIATE that does not open", CURVE, "Closes the connection."],
  "curve-bad-vouch": [
    "A vouch that does not hold",
    CURVE,
    "Closes the connection: the client did not show that the long-term key is its own.",
  ],
  "curve-bad-ready": ["A READY that does not open", CURVE, "Closes the connection."],
  "curve-not-a-message": [
    "An unsealed frame behind a CURVE handshake",
    CURVE_MESSAGE,
    "Closes the connection: nothing travels unsealed.",
  ],
  "curve-replayed-nonce": ["A nonce that was used before", CURVE_MESSAGE, "Closes the connection."],
  "curve-bad-tag": ["A box that was changed on its way", CURVE_MESSAGE, "Closes the connection."],
};

/** What a decoder takes, and yet is worth a look. */
const OF_ODDITIES: Readonly<Record<ZmtpOddity, readonly [severity: Severity, ...entry: Entry]>> = {
  NEWER_VERSION: ["note", "A version that is newer than 3.1", GREETING, "Speaks 3.1 with it."],
  AS_SERVER_SET: ["note", "An as-server octet that is set", GREETING, "Does not read it: roles are configured."],
  OTHER_MECHANISM: [
    "warning",
    "A mechanism that is not known here",
    GREETING,
    "Closes the connection. Its frames are shown as they stand.",
  ],
  RESERVED_FLAGS: ["note", "Reserved bits of the flags are set", FRAMES, "Ignores them, as libzmq does."],
  LONG_FORM: [
    "note",
    "Eight octets of length where one is enough",
    FRAMES,
    "Takes it: the sender is another implementation.",
  ],
  MORE_ON_COMMAND: ["note", "A command with the flag MORE", FRAMES, "Ignores the flag."],
  SOCKET_TYPE_MISSING: [
    "warning",
    "No Socket-Type in exactly this case",
    TRAPS,
    "Takes any case; a libzmq peer does not find it, and checks nothing.",
  ],
  ERROR_WITHOUT_LENGTH: [
    "note",
    "An ERROR that lost the length of its name",
    TRAPS,
    "Takes it: PLAIN servers of libzmq send it so.",
  ],
  TTL_TOO_LONG: [
    "warning",
    "A TTL over 65.5 seconds",
    TRAPS,
    "Waits as long. A libzmq peer multiplies in 16 bits, and may close within milliseconds.",
  ],
  CONTEXT_TOO_LONG: ["note", "A context of more than 16 octets", TRAPS, "Gives the first 16 back, as libzmq does."],
  SEALED_COMMAND: [
    "warning",
    "A sealed MESSAGE with the flag COMMAND",
    TRAPS,
    "Takes it; a libzmq peer drops it silently.",
  ],
  UNKNOWN_COMMAND: ["note", "A command that is not known here", COMMANDS, "Ignores it."],
  ERROR_MESSAGE: [
    "warning",
    "A side reports an error",
    NULL,
    "Inside the handshake it closes the connection; behind it nothing happens.",
  ],
  SKIPPED_BYTES: [
    "warning",
    "Bytes that were skipped",
    READING,
    "Nothing is picked up: a stream that lost its boundaries has none any more, and a receiver closes the connection.",
  ],
};

/** Every code, with what explains it. */
export const EXPLANATIONS: readonly Explanation[] = [
  ...Object.entries(OF_ERRORS).map(([fault, [title, spec, receiver]]): Explanation => {
    return { code: fault.toUpperCase().replaceAll("-", "_"), severity: "error", title, spec, receiver };
  }),
  ...Object.entries(OF_ODDITIES).map(([code, [severity, title, spec, receiver]]): Explanation => {
    return { code, severity, title, spec, receiver };
  }),
];
