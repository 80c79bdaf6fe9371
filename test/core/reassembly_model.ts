import type { AcceptOutcome, SegmentHeader } from "../../src/core/mod.ts";

/** The rules of reassembly as plainly as they can be put: every known part is compared with every other. */
export class ReassemblyModel {
  readonly #known: SegmentHeader[] = [];

  accept(part: SegmentHeader): AcceptOutcome {
    if (this.#known.some((known) => sameRange(known, part) && sameWhole(known, part))) return "duplicate";
    if (!this.#isPossible([...this.#known, part])) return "conflict";
    this.#known.push(part);
    return this.#known.length === part.partCount ? "complete" : "accepted";
  }

  /** Is there any message that all these parts could be parts of? */
  #isPossible(parts: readonly SegmentHeader[]): boolean {
    const [first] = parts;
    if (first === undefined) return true;
    if (!parts.every((part) => sameWhole(part, first) && part.bytes >= 1)) return false;
    if (!parts.every((part) => part.partIndex < part.partCount && part.partCount <= 65_535)) return false;
    const start = { partIndex: -1, offset: 0, bytes: 0 };
    const end = { partIndex: first.partCount, offset: first.totalBytes, bytes: 0 };
    const all = [start, ...parts, end];
    return all.every((a) => all.every((b) => a === b || a.partIndex > b.partIndex || fits(a, b)));
  }
}

interface Range {
  readonly partIndex: number;
  readonly offset: number;
  readonly bytes: number;
}

function sameRange(a: Range, b: Range): boolean {
  return a.partIndex === b.partIndex && a.offset === b.offset && a.bytes === b.bytes;
}

function sameWhole(a: SegmentHeader, b: SegmentHeader): boolean {
  return a.partCount === b.partCount && a.totalBytes === b.totalBytes;
}

/** With a not after b in the order of parts. */
function fits(a: Range, b: Range): boolean {
  const missing = b.partIndex - a.partIndex - 1;
  const room = b.offset - (a.offset + a.bytes);
  return missing === 0 ? room === 0 : missing > 0 && room >= missing;
}
