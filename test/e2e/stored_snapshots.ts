import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CaptureReader } from "../../src/inspect/capture_reader.ts";
import { zstdCompressor } from "../../src/node/zstd.ts";
import type { FrameRow } from "../../src/protocols/definition.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";

/** One snapshot as a store or a wire has it. */
export interface FoundSnapshot {
  readonly agentId: string;
  readonly snapshotId: string;
  /** Its frames: one, or one a part in the order in which they stand. */
  readonly frames: readonly Uint8Array[];
  readonly flags: number;
  /** The decoded payload, in the shape of the vectors' rows. */
  readonly payload: FrameRow;
}

/** Every snapshot of a store's folder, in the order of the files; a fault anywhere throws. */
export async function readStore(dir: string): Promise<FoundSnapshot[]> {
  const files = readdirSync(dir).filter((name) => name.endsWith(".tide"));
  const inOrder = files.sort((a, b) => sequenceOf(a) - sequenceOf(b));
  const found: FoundSnapshot[] = [];
  for (const name of inOrder) found.push(...(await readSnapshots(readFileSync(join(dir, name)))));
  return found;
}

/** Every whole snapshot in a run of frames; parts must follow each other as a store puts them. */
export async function readSnapshots(bytes: Uint8Array): Promise<FoundSnapshot[]> {
  const reader = new CaptureReader(SNAPSHOT_PROTOCOL, { compressor: await zstdCompressor() });
  reader.push(bytes);
  reader.finish();
  const found: FoundSnapshot[] = [];
  let parts: Uint8Array[] = [];
  for (let item = reader.next(); item !== undefined; item = reader.next()) {
    if (item.type === "fault") throw new Error(`at ${item.offset}: ${item.error.message}`);
    const { row } = item;
    if (row["type"] !== "snapshot") throw new Error(`at ${item.offset}: a ${row["type"]} in a store`);
    parts.push(item.frame.slice());
    if (row["payload"] === undefined) continue;
    const payload = row["payload"] as FrameRow;
    const { agentId, flags } = row as { agentId: string; flags: number };
    found.push({ agentId, snapshotId: String(payload["snapshotId"]), frames: parts, flags, payload });
    parts = [];
  }
  if (parts.length > 0) throw new Error(`${parts.length} parts of an unfinished snapshot at the end`);
  return found;
}

/** Ids that stand there more than once. */
export function repeatedIds(found: readonly FoundSnapshot[]): string[] {
  const seen = new Set<string>();
  return found.map(({ snapshotId }) => snapshotId).filter((id) => seen.has(id) || !seen.add(id));
}

function sequenceOf(name: string): number {
  return Number(/-(\d+)\.tide$/.exec(name)?.[1]);
}
