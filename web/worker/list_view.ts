import { type CaptureIndex, type PartGroup, ROW_STATUS } from "../../src/inspect/capture_index.ts";
import { RowList } from "./row_list.ts";

/** Snapshots that can be open at once; the one that was opened first closes. */
const MAX_OPEN_GROUPS = 64;

/** What stands at a position of the list. */
export type ListEntry =
  | { readonly type: "row"; readonly row: number }
  | { readonly type: "group"; readonly row: number; readonly group: PartGroup; readonly isOpen: boolean }
  | { readonly type: "part"; readonly row: number; readonly group: PartGroup; readonly partIndex: number }
  | { readonly type: "missing"; readonly group: PartGroup; readonly partIndex: number };

interface OpenGroup {
  /** The row of the list that it opens below. */
  readonly row: number;
  readonly group: PartGroup;
}

/**
 * The list as it is shown: rows of an index with the parts of a snapshot folded into one line that opens. With a filter, the
 * rows that pass it, each for itself.
 */
export class ListView {
  readonly #index: CaptureIndex;
  readonly #isFiltered: boolean;
  #rows: RowList = new RowList();
  /** In the order of their rows. */
  #open: OpenGroup[] = [];
  /** Rows of the index that were looked at. */
  #seenRows = 0;
  /** How often rows had been taken away from the index by then. */
  #cuts: number;

  constructor(index: CaptureIndex, isFiltered: boolean) {
    this.#index = index;
    this.#isFiltered = isFiltered;
    this.#cuts = index.cuts;
  }

  get length(): number {
    return this.#rows.length + this.#open.reduce((sum, { group }) => sum + group.partCount, 0);
  }

  /** Without a filter: takes what the index has gained; all of it again where rows of a file's end were taken away. */
  extend(): void {
    if (this.#cuts !== this.#index.cuts) {
      this.#cuts = this.#index.cuts;
      this.#rows = new RowList();
      this.#seenRows = 0;
    }
    for (; this.#seenRows < this.#index.rows; this.#seenRows++) {
      const group = this.#index.group(this.#seenRows);
      if (group === undefined || group.rows[0] === this.#seenRows) this.#rows.push(this.#seenRows);
    }
  }

  /** With a filter: takes a row that passes it. */
  add(row: number): void {
    this.#rows.push(row);
  }

  entry(position: number): ListEntry | undefined {
    let base = position;
    for (const { row, group } of this.#open) {
      const head = this.#rows.positionOf(row);
      if (base <= head) break;
      const partIndex = base - head - 1;
      if (partIndex < group.partCount) {
        const part = rowOfPart(group, partIndex);
        return part === undefined
          ? { type: "missing", group, partIndex }
          : { type: "part", row: part, group, partIndex };
      }
      base -= group.partCount;
    }
    if (base >= this.#rows.length) return undefined;
    const row = this.#rows.at(base);
    const group = this.#isFiltered ? undefined : this.#index.group(row);
    if (group === undefined) return { type: "row", row };
    return { type: "group", row, group, isOpen: this.#open.some((one) => one.row === row) };
  }

  /** Opens or closes the group at a position. */
  toggle(position: number): void {
    const entry = this.entry(position);
    if (entry?.type === "group") this.#setOpen(entry.row, entry.group, !entry.isOpen);
  }

  /** Where a row stands; a part's group is opened. -1 if it is not in the list. */
  reveal(row: number): number {
    const group = this.#isFiltered ? undefined : this.#index.group(row);
    if (group !== undefined && group.rows[0] !== row) {
      this.#setOpen(group.rows[0]!, group, true);
      const head = this.#positionOfHead(group.rows[0]!);
      const partIndex = group.partIndexes[group.rows.indexOf(row)]!;
      // A part that came again has no line of its own: the first one of it has.
      return head + 1 + partIndex;
    }
    return this.#positionOfHead(row);
  }

  /** The rows of the list in their order, parts not among them unless the filter lets them pass. */
  *rows(): Generator<number> {
    for (let position = 0; position < this.#rows.length; position++) yield this.#rows.at(position);
  }

  #positionOfHead(row: number): number {
    const position = this.#rows.positionOf(row);
    if (position < 0) return -1;
    return this.#open.reduce((sum, one) => (one.row < row ? sum + one.group.partCount : sum), position);
  }

  #setOpen(row: number, group: PartGroup, isOpen: boolean): void {
    const others = this.#open.filter((one) => one.row !== row);
    if (isOpen) others.push({ row, group });
    if (others.length > MAX_OPEN_GROUPS) others.shift();
    this.#open = others.sort((a, b) => a.row - b.row);
  }
}

/** The row of a part, the first where it came again; nothing if it is missing. */
export function rowOfPart({ rows, partIndexes }: PartGroup, partIndex: number): number | undefined {
  const at = partIndexes.indexOf(partIndex);
  return at < 0 ? undefined : rows[at];
}

/** True for a row that nothing could be decoded of. */
export function isFault(index: CaptureIndex, row: number): boolean {
  const status = index.status(row);
  return status === ROW_STATUS.fault || status === ROW_STATUS.hole;
}
