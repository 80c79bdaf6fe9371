/** What both sides say of themselves in metadata (zmtp §1.4), and whether they may meet (zmtp §1.11). */
import { zmtpError } from "./errors.ts";
import { encodeMetadata, propertyOf } from "./metadata.ts";
import type { Metadata } from "./metadata_types.ts";
import type { ZmtpSessionOptions } from "./session_types.ts";
import { COMPATIBLE_TYPES, isSocketType, type SocketType } from "./socket_type.ts";
import { MAX_IDENTITY_BYTES } from "./wire.ts";

/** Who announces an identity, be it empty (zmtp §1.4, §1.12). */
const ANNOUNCERS: ReadonlySet<SocketType> = new Set(["REQ", "DEALER", "ROUTER"]);
const NO_IDENTITY: Uint8Array = new Uint8Array(0);

/** This side's metadata as it goes out. */
export function localMetadata({ socketType, identity, metadata }: ZmtpSessionOptions): Uint8Array {
  const type = { name: "Socket-Type", value: new TextEncoder().encode(socketType) };
  const announced = ANNOUNCERS.has(socketType) ? [{ name: "Identity", value: identity }] : [];
  return encodeMetadata([type, ...announced, ...(metadata ?? [])]);
}

/** The peer's socket type; nothing where it does not say (zmtp §1.10, trap 8). */
export function socketTypeOf(metadata: Metadata): SocketType | undefined {
  const value = propertyOf(metadata, "Socket-Type");
  if (value === undefined) return undefined;
  const name = String.fromCharCode(...value.subarray(0, 32));
  return isSocketType(name) ? name : undefined;
}

export function identityOf(metadata: Metadata): Uint8Array {
  return propertyOf(metadata, "Identity") ?? NO_IDENTITY;
}

/** @throws ProtocolError `zmtp/bad-socket-type`, `zmtp/bad-identity` */
export function checkPeer(own: SocketType, metadata: Metadata): void {
  const value = propertyOf(metadata, "Socket-Type");
  if (value !== undefined) {
    const name = String.fromCharCode(...value.subarray(0, 32)).replace(/[^ -~]/g, "?");
    checkSocketType(own, isSocketType(name) ? name : undefined, name);
  }
  const { length } = identityOf(metadata);
  if (length > MAX_IDENTITY_BYTES) {
    throw zmtpError("bad-identity", `an identity of ${length} octets`, `at most ${MAX_IDENTITY_BYTES}`);
  }
}

/** @throws ProtocolError `zmtp/bad-socket-type` */
export function checkSocketType(own: SocketType, peer: SocketType | undefined, name: string = peer ?? "none"): void {
  const allowed = COMPATIBLE_TYPES[own];
  if (peer !== undefined && allowed.includes(peer)) return;
  throw zmtpError("bad-socket-type", `a peer of type ${name}`, `${allowed.join(" or ")} for a ${own}`);
}
