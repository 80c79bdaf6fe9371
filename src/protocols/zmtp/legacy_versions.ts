import { FlaggedFrameScanner } from "../../core/mod.ts";
import { zmtpError } from "./errors.ts";
import type { FrameSource } from "./frame_source.ts";
import type { LegacyLocal, LegacyPeer, LegacyVersions } from "./legacy.ts";
import { LegacyFrames } from "./legacy_frames.ts";
import type { SocketType } from "./socket_type.ts";

/** Socket types as octets: RFC 15's, and libzmq's for the last two (zmtp §1.14). */
const TYPE_OCTETS: readonly SocketType[] = [
  "PAIR",
  "PUB",
  "SUB",
  "REQ",
  "REP",
  "DEALER",
  "ROUTER",
  "PULL",
  "PUSH",
  "XPUB",
  "XSUB",
];

const SIGNATURE_BYTES = 10;
const REVISION_AT = 10;
const TYPE_AT = 11;
/** Signature, revision, socket type. */
const GREETING_BYTES = 12;
/** The version octet that is sent to whoever has one: an older peer takes it for a newer one. */
const VERSION_SENT = 3;
/** Longest body with a short head in 1.0: its length counts the flags, and FF says that a long one follows. */
const MAX_SHORT_BODY_BYTES = 253;

/**
 * Takes peers of ZMTP 2.0 and 1.0: libzmq 3 and 2, a decade old. Give it to a session as its `legacy` option; without, such
 * peers are refused. They know no mechanism, so a session with one other than NULL refuses them in any case.
 *
 * @example
 * ```ts
 * import { legacyVersions } from "tidewire/zmtp";
 * const local = { socketType: "DEALER", identity: new Uint8Array(), maxBodyBytes: 1_000 } as const;
 * // A peer of 1.0 without an identity: its frame's length octet comes first.
 * legacyVersions.open(new Uint8Array([1, 0]), 10, local)?.major; // 1
 * ```
 */
export const legacyVersions: LegacyVersions = {
  open(seen: Uint8Array, sentBytes: number, local: LegacyLocal): LegacyPeer | undefined {
    if (seen.length === 0) return undefined;
    // zmtp §1.14: whatever does not begin with FF is the length of a 1.0 identity frame…
    if (seen[0] !== 0xff) return unversioned(local);
    if (seen.length < SIGNATURE_BYTES) return undefined;
    // …and so is FF when the octet behind the long length is that frame's flags: bit 0 is clear.
    if ((seen[SIGNATURE_BYTES - 1]! & 1) === 0) return unversioned(local);
    if (seen.length < GREETING_BYTES) return undefined;
    return versioned(seen, sentBytes, local);
  },
};

/** Our signature was read as the head of our identity frame: what follows it is the identity. */
function unversioned(local: LegacyLocal): LegacyPeer {
  const { socketType } = local;
  return {
    major: 1,
    socketType: undefined,
    framing: "zmtp1",
    output: local.identity.slice(),
    frames: new LegacyFrames(local.maxBodyBytes, socketType === "PUB" || socketType === "XPUB"),
    greetingBytes: 0,
  };
}

function versioned(seen: Uint8Array, sentBytes: number, local: LegacyLocal): LegacyPeer {
  const socketType = TYPE_OCTETS[seen[TYPE_AT]!];
  if (socketType === undefined) {
    throw zmtpError("unknown-socket-type", `socket type ${seen[TYPE_AT]}`, "0 to 10", TYPE_AT);
  }
  const isFirst = seen[REVISION_AT] === 0;
  const ourType = TYPE_OCTETS.indexOf(local.socketType);
  const greeting = sentBytes === SIGNATURE_BYTES ? [VERSION_SENT, ourType] : [ourType];
  const identity = isFirst ? firstFrame(local.identity) : [0, local.identity.length, ...local.identity];
  const frames: FrameSource = isFirst
    ? new LegacyFrames(local.maxBodyBytes, false)
    : new FlaggedFrameScanner(local.maxBodyBytes);
  return {
    major: isFirst ? 1 : 2,
    socketType,
    framing: isFirst ? "zmtp1" : "zmtp",
    output: Uint8Array.from([...greeting, ...identity]),
    frames,
    greetingBytes: GREETING_BYTES,
  };
}

/** An identity of at most 255 octets as a frame of 1.0. */
function firstFrame(identity: Uint8Array): number[] {
  const length = identity.length + 1;
  if (identity.length <= MAX_SHORT_BODY_BYTES) return [length, 0, ...identity];
  return [0xff, 0, 0, 0, 0, 0, 0, length >> 8, length & 0xff, 0, ...identity];
}
