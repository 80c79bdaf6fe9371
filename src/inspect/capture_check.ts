/** What is wrong with a capture: frames that can't be read, and what single frames don't show. */
import { RecentMap } from "../sansio/mod.ts";
import type { CaptureItem } from "./capture_reader.ts";
import { foundText, resumeText } from "./fault_text.ts";
import { printable } from "./printable.ts";
import { counted } from "./quantities.ts";
import { type SnapshotRow, snapshotRowOf } from "./snapshot_row.ts";
import { FILE_ORIGIN, type ItemOrigin, isSnapshotProtocol } from "./streams_reader.ts";
import { missingParts, type UnfinishedSnapshot, UnfinishedSnapshots } from "./unfinished_snapshots.ts";

/** Snapshots among which a repeated one is looked for: the last half of so many at least. About 50 MB. */
const MAX_REMEMBERED_SNAPSHOTS = 262_144;
/** Repeated snapshots whose parts are still coming in. */
const MAX_REPEATED_SNAPSHOTS = 8_192;

/** One thing that is wrong. */
export interface Finding {
  /** The stream of a packet capture that it is in; empty for the file itself. */
  readonly stream: string;
  /** Where it starts, in its stream. */
  readonly offset: number;
  /**
   * A fault's error name; `INCOMPLETE_SNAPSHOT` for one whose parts never became whole, `DUPLICATE_SNAPSHOT` for one that an
   * agent has in the capture more than once.
   */
  readonly error: string;
  /** What it is, printable. */
  readonly detail: string;
  /** For a fault: where reading went on. */
  readonly resume: { readonly endOffset: number; readonly text: string } | undefined;
}

/** Takes the items of one capture and tells what is wrong with it. */
export class CaptureCheck {
  readonly #unfinished: UnfinishedSnapshots = new UnfinishedSnapshots();
  /** Agent and snapshot id of the whole snapshots, with the offset of the frame that made each whole. */
  readonly #whole: RecentMap<string, number> = new RecentMap(MAX_REMEMBERED_SNAPSHOTS);
  /** Repeated snapshots whose parts are still coming in: said already. */
  readonly #repeated: RecentMap<string, true> = new RecentMap(MAX_REPEATED_SNAPSHOTS);

  /** The findings that an item completes. */
  take(item: CaptureItem, { definition, stream }: ItemOrigin = FILE_ORIGIN): Finding[] {
    if (item.type === "fault") {
      const { offset, errorName, error, endOffset } = item;
      return [
        { stream, offset, error: errorName, detail: foundText(error), resume: { endOffset, text: resumeText(item) } },
      ];
    }
    const row = isSnapshotProtocol(definition) ? snapshotRowOf(item.row) : undefined;
    return row === undefined ? [] : this.#takeSnapshot(stream, item.offset, row);
  }

  /** The findings that only the end shows, if it is here: more may be taken all the same. */
  atEnd(): Finding[] {
    return this.#unfinished.atEnd().map(incomplete);
  }

  #takeSnapshot(stream: string, offset: number, row: SnapshotRow): Finding[] {
    const snapshotId = row.segment?.snapshotId ?? row.payload!.snapshotId;
    const key = `${snapshotId} ${row.agentId}`;
    const earlierOffset = this.#whole.get(key);
    if (earlierOffset !== undefined) return this.#repeat({ stream, offset }, row, key, earlierOffset);
    if (row.payload !== undefined) this.#whole.set(key, offset);
    return this.#unfinished.take(offset, row, stream).map(incomplete);
  }

  /** Parts of a snapshot that is whole already are one finding, not one each. */
  #repeat(place: Pick<Finding, "stream" | "offset">, row: SnapshotRow, key: string, earlierOffset: number): Finding[] {
    const isSaid = this.#repeated.has(key);
    if (row.payload === undefined) this.#repeated.set(key, true);
    else this.#repeated.delete(key);
    if (isSaid) return [];
    const detail = `snapshot ${key.replace(" ", " of ")} once more; it is whole at ${earlierOffset}`;
    return [{ ...place, error: "DUPLICATE_SNAPSHOT", detail: printable(detail), resume: undefined }];
  }
}

function incomplete(snapshot: UnfinishedSnapshot): Finding {
  const { stream, offset, snapshotId, agentId, receivedParts } = snapshot;
  const there = counted(receivedParts.size, "part");
  const detail = `snapshot ${snapshotId} of ${agentId} has ${there}; missing: ${missingParts(snapshot)}`;
  return { stream, offset, error: "INCOMPLETE_SNAPSHOT", detail: printable(detail), resume: undefined };
}
