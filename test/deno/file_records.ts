import { zstdCompressor } from "../../deno/zstd.ts";
import { FrameScanner } from "../../src/core/mod.ts";
import {
  decodeEnvelope,
  decodeSegment,
  FLAG_COMPRESSED,
  FLAG_SEGMENTED,
  idHex,
  MAX_SNAPSHOT_BYTES,
  openSnapshot,
  SNAPSHOT_FRAMING,
} from "../../src/protocols/snapshot/mod.ts";

/** The records of captures, each with its name (agent and id) and all of its frames' bytes. */
export function fileRecords(files: readonly Uint8Array[]): { readonly name: string; readonly bytes: Uint8Array }[] {
  const records: { name: string; frames: Uint8Array[] }[] = [];
  for (const file of files) {
    const scanner = new FrameScanner(SNAPSHOT_FRAMING);
    scanner.push(file);
    for (let frame = scanner.next(); frame !== undefined; frame = scanner.next()) {
      const bytes = frame.bytes.slice();
      const name = nameOfFrame(bytes);
      const last = records.at(-1);
      if (last?.name === name) last.frames.push(bytes);
      else records.push({ name, frames: [bytes] });
    }
  }
  return records.map(({ name, frames }) => ({ name, bytes: new Uint8Array(frames.flatMap((frame) => [...frame])) }));
}

function nameOfFrame(frame: Uint8Array): string {
  const { envelope, payloadAt } = decodeEnvelope(frame);
  const options = {
    compressed: (envelope.flags & FLAG_COMPRESSED) !== 0,
    compressor: zstdCompressor(),
    maxSnapshotBytes: MAX_SNAPSHOT_BYTES,
  };
  const isPart = (envelope.flags & FLAG_SEGMENTED) !== 0;
  const { snapshotId } = isPart ? decodeSegment(frame, payloadAt) : openSnapshot(frame.subarray(payloadAt), options);
  return `${envelope.agentId} ${idHex(snapshotId)}`;
}
