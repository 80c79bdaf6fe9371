import { socketError } from "./socket_error.ts";
import type { AnyOptions } from "./socket_options.ts";

/** Whether a value fits, and what is expected in words. */
interface Rule {
  readonly expected: string;
  fits(value: unknown): boolean;
}

const MAX_MS = 2 ** 31 - 1;
const MAX_COUNT = 2 ** 31 - 1;

function whole(min: number, max: number): Rule {
  return {
    expected: `a whole number from ${min} to ${max}`,
    fits: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
  };
}

const yesNo: Rule = { expected: "true or false", fits: (value) => typeof value === "boolean" };
const bytes: Rule = {
  expected: "bytes or a text",
  fits: (value) => typeof value === "string" || value instanceof Uint8Array,
};
const key: Rule = {
  expected: "a key of 32 octets or 40 characters of Z85",
  fits: (value) =>
    value instanceof Uint8Array ? value.length === 32 : typeof value === "string" && value.length === 40,
};
const text: Rule = {
  expected: "a text of at most 255 octets",
  fits: (value) => typeof value === "string" && new TextEncoder().encode(value).length <= 255,
};
const object: Rule = { expected: "an object", fits: (value) => typeof value === "object" && value !== null };

function oneOf(...values: readonly unknown[]): Rule {
  return { expected: values.map((one) => JSON.stringify(one)).join(" or "), fits: (value) => values.includes(value) };
}

const STOPS = ["dialFailed", "handshakeFailed", "disconnected"];

const RULES: { readonly [Name in keyof Required<AnyOptions>]: Rule } = {
  context: object,
  linger: whole(-1, MAX_MS),
  immediate: yesNo,
  conflate: yesNo,
  reconnectInterval: whole(-1, MAX_MS),
  reconnectMaxInterval: whole(0, MAX_MS),
  reconnectStop: {
    expected: `a list of ${STOPS.join(", ")}`,
    fits: (value) => Array.isArray(value) && value.every((one) => STOPS.includes(one)),
  },
  connectTimeout: whole(0, MAX_MS),
  handshakeInterval: whole(1, MAX_MS),
  heartbeatInterval: whole(0, MAX_MS),
  heartbeatTimeout: whole(1, MAX_MS),
  // Longer ones overflow in libzmq (zmtp §1.10, trap 3).
  heartbeatTimeToLive: whole(0, 65_500),
  // A message is one view or one allocation: 2 GiB is what every runtime can still hold.
  maxMessageSize: whole(1, MAX_COUNT),
  maxMessageParts: whole(1, MAX_COUNT),
  maxPeers: whole(1, MAX_COUNT),
  maxUnsentBytes: whole(1, Number.MAX_SAFE_INTEGER),
  maxWaitingCalls: whole(1, MAX_COUNT),
  plainUsername: text,
  plainPassword: text,
  plainServer: yesNo,
  curveServer: yesNo,
  curveSecretKey: key,
  curvePublicKey: key,
  curveServerKey: key,
  curvePrimitives: object,
  authenticate: { expected: "a function", fits: (value) => typeof value === "function" },
  legacyVersions: object,
  webSocketMechanism: yesNo,
  tls: { expected: "anything", fits: () => true },
  sendHighWaterMark: whole(0, MAX_COUNT),
  sendTimeout: whole(-1, MAX_MS),
  receiveHighWaterMark: whole(0, MAX_COUNT),
  receiveTimeout: whole(-1, MAX_MS),
  routingId: {
    expected: "1 to 255 octets, the first one not 0",
    fits: (value) => {
      const id = typeof value === "string" ? new TextEncoder().encode(value) : value;
      return id instanceof Uint8Array && id.length >= 1 && id.length <= 255 && id[0] !== 0;
    },
  },
  probeRouter: yesNo,
  correlate: yesNo,
  relaxed: yesNo,
  mandatory: yesNo,
  handover: yesNo,
  maxSubscriptions: whole(1, MAX_COUNT),
  maxTopicBytes: whole(1, MAX_COUNT),
  invertMatching: yesNo,
  noDrop: yesNo,
  verbosity: oneOf("allSubs", "allSubsUnsubs", null),
  manual: yesNo,
  welcomeMessage: { expected: "bytes, a text or null", fits: (value) => value === null || bytes.fits(value) },
  onlyFirstSubscribe: yesNo,
};

/** The name of an option. */
export type OptionName = keyof typeof RULES;

/** Options that every type has. */
const COMMON: readonly OptionName[] = [
  "context",
  "linger",
  "immediate",
  "reconnectInterval",
  "reconnectMaxInterval",
  "reconnectStop",
  "connectTimeout",
  "handshakeInterval",
  "heartbeatInterval",
  "heartbeatTimeout",
  "heartbeatTimeToLive",
  "maxMessageSize",
  "maxMessageParts",
  "maxPeers",
  "maxUnsentBytes",
  "maxWaitingCalls",
  "plainUsername",
  "plainPassword",
  "plainServer",
  "curveServer",
  "curveSecretKey",
  "curvePublicKey",
  "curveServerKey",
  "curvePrimitives",
  "authenticate",
  "legacyVersions",
  "webSocketMechanism",
  "tls",
];

/**
 * Refuses what is no option of a type, and values that do not fit.
 *
 * @param own the options that the type has beside those of all
 * @throws ProtocolError `sockets/bad-option`
 */
export function checkOptions(
  type: string,
  own: readonly OptionName[],
  options: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const isKnown = COMMON.includes(name as OptionName) || own.includes(name as OptionName);
    if (!isKnown) throw socketError("sockets/bad-option", `option ${name} on ${type}`, "an option of this type");
    const rule = RULES[name as OptionName];
    if (!rule.fits(value)) throw socketError("sockets/bad-option", `${name} ${shown(value)}`, rule.expected);
  }
}

function shown(value: unknown): string {
  if (typeof value === "string") return `of ${value.length} characters`;
  if (value instanceof Uint8Array) return `of ${value.length} octets`;
  return typeof value === "object" ? "as an object" : String(value);
}
