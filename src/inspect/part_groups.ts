import type { FramePart } from "../protocols/definition.ts";
import type { PartGroup } from "./capture_index.ts";

/** Groups and their rows that are kept: about 80 MB at most. The parts of more are rows without a group. */
const MAX_GROUPS = 131_072;
const MAX_GROUPED_ROWS = 4_194_304;
/** The number of none. */
export const NO_GROUP = 0xffff_ffff;

/** A group that may still grow. */
interface GrowingGroup extends PartGroup {
  readonly streamNumber: number;
  partCount: number;
  readonly rows: number[];
  readonly partIndexes: number[];
  completedBy: number | undefined;
}

/** Gathers the rows that are parts of one message. */
export class PartGroups {
  readonly groups: GrowingGroup[] = [];
  /** The number of the group that a sender's whole is gathered in, by {@linkcode keyOf}. */
  readonly #open = new Map<string, number>();
  #rows = 0;

  /** Takes a row that is a part, and returns the number of its group. */
  add(row: number, streamNumber: number, senderNumber: number, part: FramePart): number {
    const { wholeId, partIndex, partCount } = part;
    const key = keyOf({ streamNumber, senderNumber, wholeId });
    let number = part.begins ? undefined : this.#open.get(key);
    if (this.#rows === MAX_GROUPED_ROWS) return NO_GROUP;
    if (number === undefined) {
      if (this.groups.length === MAX_GROUPS) return NO_GROUP;
      number = this.groups.length;
      const none = { rows: [], partIndexes: [], completedBy: undefined };
      this.groups.push({ wholeId, streamNumber, senderNumber, partCount, ...none });
      this.#open.set(key, number);
    }
    const group = this.groups[number]!;
    group.partCount = Math.max(group.partCount, partCount);
    group.rows.push(row);
    group.partIndexes.push(partIndex);
    this.#rows++;
    if (part.completes) {
      group.completedBy = row;
      this.#open.delete(key);
    }
    return number;
  }

  /** Forgets every row from `rows` on; `groups` is how many there were before them. */
  cutTo(rows: number, groups: number): void {
    for (const cut of this.groups.splice(groups)) this.#open.delete(keyOf(cut));
    this.#rows = 0;
    for (const [number, group] of this.groups.entries()) {
      while ((group.rows.at(-1) ?? -1) >= rows) {
        group.rows.pop();
        group.partIndexes.pop();
      }
      if (group.completedBy !== undefined && group.completedBy >= rows) {
        group.completedBy = undefined;
        this.#open.set(keyOf(group), number);
      }
      this.#rows += group.rows.length;
    }
  }
}

/** Senders name their wholes, and so do streams whose sender has no name. */
function keyOf(of: Pick<GrowingGroup, "streamNumber" | "senderNumber" | "wholeId">): string {
  return `${of.streamNumber} ${of.senderNumber} ${of.wholeId}`;
}
