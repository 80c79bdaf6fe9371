/** Which segmented snapshots of a capture are not whole yet. */
import { grouped } from "./quantities.ts";
import type { SegmentValue, SnapshotRow } from "./snapshot_row.ts";

/** Bounds of what is remembered; beyond, the snapshot that began first is given up as one that stays unfinished. */
const MAX_SNAPSHOTS = 4_096;
const MAX_PARTS_IN_ALL = 1_000_000;
/** Missing parts that are named. */
const NAMED_GAPS = 4;

/** A snapshot of which parts are missing. */
export interface UnfinishedSnapshot {
  readonly agentId: string;
  readonly snapshotId: string;
  /** The stream of a packet capture that its first part is in; empty for the file itself. */
  readonly stream: string;
  /** Where its first part stands in its stream. */
  readonly offset: number;
  readonly partCount: number;
  /** By index, from 0. */
  readonly receivedParts: ReadonlySet<number>;
}

/** Follows the parts of snapshots; feed it every decoded Snapshot frame. */
export class UnfinishedSnapshots {
  /** In the order of their first parts. */
  readonly #open = new Map<string, UnfinishedSnapshot & { readonly receivedParts: Set<number> }>();
  #parts = 0;

  /** How many there are now. */
  get size(): number {
    return this.#open.size;
  }

  /** Takes a row; returns what had to be given up to make room. */
  take(offset: number, row: SnapshotRow, stream: string = ""): UnfinishedSnapshot[] {
    const { segment, agentId } = row;
    if (segment === undefined) return [];
    const key = `${segment.snapshotId} ${agentId}`;
    if (row.payload !== undefined) {
      this.#remove(key);
      return [];
    }
    this.#note(key, { stream, offset }, agentId, segment);
    const givenUp: UnfinishedSnapshot[] = [];
    while (this.#open.size > MAX_SNAPSHOTS || (this.#parts > MAX_PARTS_IN_ALL && this.#open.size > 1)) {
      const [oldest] = this.#open.keys();
      givenUp.push(this.#remove(oldest!)!);
    }
    return givenUp;
  }

  /** What is unfinished if the capture ends here, in the order of the first parts. */
  atEnd(): UnfinishedSnapshot[] {
    return [...this.#open.values()];
  }

  #note(
    key: string,
    place: Pick<UnfinishedSnapshot, "stream" | "offset">,
    agentId: string,
    { snapshotId, partCount, partIndex }: SegmentValue,
  ): void {
    let open = this.#open.get(key);
    if (open === undefined) {
      open = { agentId, snapshotId, ...place, partCount, receivedParts: new Set() };
      this.#open.set(key, open);
    }
    this.#parts -= open.receivedParts.size;
    open.receivedParts.add(partIndex);
    this.#parts += open.receivedParts.size;
  }

  #remove(key: string): UnfinishedSnapshot | undefined {
    const open = this.#open.get(key);
    this.#open.delete(key);
    this.#parts -= open?.receivedParts.size ?? 0;
    return open;
  }
}

/** `parts 2, 5 to 7 of 9`, counted from 1. */
export function missingParts({ partCount, receivedParts }: UnfinishedSnapshot): string {
  const gaps: string[] = [];
  let missing = 0;
  for (let first = 0; first < partCount; first++) {
    if (receivedParts.has(first)) continue;
    let last = first;
    while (last + 1 < partCount && !receivedParts.has(last + 1)) last++;
    if (gaps.length < NAMED_GAPS) gaps.push(first === last ? `${first + 1}` : `${first + 1} to ${last + 1}`);
    else gaps[NAMED_GAPS] = "…";
    missing += last - first + 1;
    first = last;
  }
  // A part can be there and unusable: all are, and yet the snapshot never became whole.
  if (missing === 0) return `none of ${grouped(partCount)}, though some could not be put together`;
  return `${missing === 1 ? "part" : "parts"} ${gaps.join(", ")} of ${grouped(partCount)}`;
}
