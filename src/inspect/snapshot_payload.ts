import type { SnapshotPayload } from "../protocols/snapshot/mod.ts";
import type { SnapshotValue } from "./snapshot_row.ts";

/** A row's snapshot as the value that `encodeSnapshot` takes: ids and extensions as bytes again. */
export function payloadOf({ snapshotId, extensions, ...rest }: SnapshotValue): SnapshotPayload {
  return {
    ...rest,
    snapshotId: bytesOfHex(snapshotId),
    extensions: extensions.map(({ tag, bytes }) => ({ tag, bytes: bytesOfHex(bytes) })),
  };
}

function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
