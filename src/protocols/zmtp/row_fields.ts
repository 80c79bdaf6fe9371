/** The types and fields of the rows of this protocol, for whoever filters and sorts them. */
import type { FieldInfo, FieldKind } from "../inspection.ts";
import type { DecodedFrame } from "./decoded_frame.ts";

const TYPES: { readonly [T in DecodedFrame["type"]]: true } = {
  greeting: true,
  hello: true,
  welcome: true,
  initiate: true,
  ready: true,
  error: true,
  subscribe: true,
  cancel: true,
  ping: true,
  pong: true,
  message: true,
  sealed: true,
  command: true,
};

/** Every type that a row can have. */
export const MESSAGE_TYPES: readonly string[] = Object.keys(TYPES);

/** Types of the frames that a stream opens with; what comes behind them can't be told without them. */
export const OPENING_TYPES: readonly string[] = ["greeting", "hello", "welcome", "initiate", "ready"];

const field = (name: string, kind: FieldKind, doc: string, more: Partial<FieldInfo> = {}): FieldInfo => ({
  name,
  kind,
  doc,
  ...more,
});
const BYTES = { unit: "bytes" } as const;
const MS = { unit: "ms" } as const;

/** Every field, in the order in which a stream has them; names as rows have them. */
export const ROW_FIELDS: readonly FieldInfo[] = [
  field("version", "text", "version of the greeting: major.minor"),
  field("mechanism", "text", "security mechanism of the greeting"),
  field("asServer", "number", "as-server octet of the greeting; nobody reads it"),
  field("username", "bytes", "user name of a PLAIN client"),
  field("passwordBytes", "number", "size of its password", BYTES),
  field("transientKey", "bytes", "public key of a CURVE client for this connection"),
  field("nonce", "text", "nonce of a CURVE box: a count, or random octets in WELCOME"),
  field("boxBytes", "number", "size of a CURVE box", BYTES),
  field("metadata", "list", "properties that a side says of itself"),
  field("metadata.name", "text", "name of a property"),
  field("metadata.value", "bytes", "value of a property"),
  field("metadata.text", "text", "value of a property, where it is printable"),
  field("reason", "text", "what an ERROR says"),
  field("form", "choice", "how a subscription travels", { choices: ["command", "message"] }),
  field("topic", "bytes", "prefix that is subscribed to or cancelled"),
  field("ttlMs", "number", "how long the peer of a PING may hear nothing; 0 is for ever", MS),
  field("context", "bytes", "what a PING wants back in its PONG"),
  field("name", "text", "name of a command that has no type of its own"),
  field("data", "bytes", "what follows that name"),
  field("part", "number", "which part of its message, from 0"),
  field("more", "choice", "whether another part follows", { choices: ["true", "false"] }),
  field("bytes", "number", "size of a part", BYTES),
  field("body", "bytes", "a part"),
  field("text", "text", "user name, topic, context, data or body, where it is printable"),
  field("parts", "number", "parts of a message, with its last"),
  field("messageBytes", "number", "size of all parts, with the last", BYTES),
  field("message", "list", "all parts of a message of several, with the last"),
  field("message.bytes", "number", "size of one part of a message of several", BYTES),
  field("message.body", "bytes", "one part of a message of several"),
  field("message.text", "text", "one part of a message of several, where it is printable"),
];
