import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CanonicalView, canonicalView } from "../../src/inspect/canonical_view.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { compressor, readCapture } from "./read_capture.ts";
import { vector } from "./vectors.ts";

const view = (found: number[], canonical: number[]): CanonicalView =>
  canonicalView({ of: "frame", found: Uint8Array.from(found), canonical: Uint8Array.from(canonical) });

describe("canonicalView", () => {
  it("is canonical when the bytes are the same", () => {
    expect(view([1, 2, 3], [1, 2, 3])).toEqual({ of: "frame", isCanonical: true, differences: [] });
  });

  it("names replaced bytes one run at a time", () => {
    expect(view([1, 9, 3, 8, 8, 6], [1, 2, 3, 4, 5, 6]).differences).toEqual([
      { found: { start: 1, end: 2 }, canonical: { start: 1, end: 2 } },
      { found: { start: 3, end: 5 }, canonical: { start: 3, end: 5 } },
    ]);
  });

  it("aligns the two again behind bytes that only one of them has", () => {
    expect(view([1, 2, 77, 78, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]).differences).toEqual([
      { found: { start: 2, end: 4 }, canonical: { start: 2, end: 2 } },
    ]);
    expect(view([1, 2], [1, 2, 3]).differences).toEqual([
      { found: { start: 2, end: 2 }, canonical: { start: 2, end: 3 } },
    ]);
  });

  it("finds the ignorable flag's frame canonical and a set reserved byte not", () => {
    const [item] = readCapture(vector("ack_stored").bytes);
    const frame = item!.type === "frame" ? item!.frame.slice() : new Uint8Array(0);
    frame[13] = 7; // the envelope's reserved byte (spec §2)
    const [reencoding] = SNAPSHOT_PROTOCOL.createReencoder({ compressor }).reencode(frame);
    const { differences } = canonicalView(reencoding!);
    expect(differences.map(({ found }) => found)).toContainEqual({ start: 13, end: 14 });
  });

  it("covers exactly what differs: copying its ranges over makes the canonical bytes", () => {
    const bytes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 });
    fc.assert(
      fc.property(bytes, bytes, (found, canonical) => {
        const made: number[] = [];
        let at = 0;
        for (const difference of view(found, canonical).differences) {
          made.push(...found.slice(at, difference.found.start));
          made.push(...canonical.slice(difference.canonical.start, difference.canonical.end));
          at = difference.found.end;
        }
        made.push(...found.slice(at));
        expect(made).toEqual(canonical);
      }),
      { seed: 5, numRuns: 1_000 },
    );
  });

  it("bounds the differences it tells", () => {
    const found = Uint8Array.from({ length: 4_000 }, (_, i) => i % 2);
    const { differences } = canonicalView({ of: "content", found, canonical: new Uint8Array(4_000) });
    expect(differences.length).toBe(256);
    expect(differences.at(-1)!.found.end).toBe(4_000);
  });
});
