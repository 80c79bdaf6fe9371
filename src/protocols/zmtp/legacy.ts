/** Where peers of ZMTP 2.0 and 1.0 plug in (zmtp §1.14). Off unless an owner passes such a module to its sessions. */
import type { FrameSource } from "./frame_source.ts";
import type { SocketType } from "./socket_type.ts";

/** What this side says of itself to an old peer. */
export interface LegacyLocal {
  readonly socketType: SocketType;
  readonly identity: Uint8Array;
  readonly maxBodyBytes: number;
}

/** An old peer's greeting, read. */
export interface LegacyPeer {
  /** 2 or 1. */
  readonly major: number;
  /** As a 2.0 greeting says it; 1.0 doesn't. A session refuses types that can't meet (zmtp §1.11). */
  readonly socketType: SocketType | undefined;
  /** How its messages are framed both ways. */
  readonly framing: "zmtp" | "zmtp1";
  /** What goes out now, behind what was sent: the rest of our greeting and our identity frame. */
  readonly output: Uint8Array;
  /** Cuts what comes in. The first frame that it gives is the peer's identity. */
  readonly frames: FrameSource;
  /** Octets of `seen` that were the greeting; the session pushes the rest into `frames`. */
  readonly greetingBytes: number;
}

/** Reads greetings that are not 3.x. A session that has one sends its greeting in stages, so that old peers can read it. */
export interface LegacyVersions {
  /**
   * @param seen octets of the stream from its start; they are known not to be a 3.x greeting
   * @param sentBytes how many octets of our own greeting are out already: 10, or 11 with the version octet 03
   * @returns nothing while octets are missing
   * @throws ProtocolError, side `remote`, when it is no greeting of any version
   */
  open(seen: Uint8Array, sentBytes: number, local: LegacyLocal): LegacyPeer | undefined;
}
