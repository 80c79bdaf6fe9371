import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { crc32 } from "../../src/core/mod.ts";
import { type LocatedProblem, ProblemFinder } from "../../src/inspect/problem_finder.ts";
import { explained } from "../../src/inspect/problems_of.ts";
import { CATALOGUE } from "../../src/protocols/catalogue.ts";
import type { ProtocolDefinition } from "../../src/protocols/definition.ts";
import { ERROR_CODES } from "../../src/protocols/snapshot/errors.ts";
import { SNAPSHOT_PROTOCOL } from "../../src/protocols/snapshot/protocol.ts";
import { compressor, readCapture } from "./read_capture.ts";
import { VECTORS, vector } from "./vectors.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

function problemsIn(bytes: Uint8Array, isReencoded = false): LocatedProblem[] {
  const finder = new ProblemFinder(SNAPSHOT_PROTOCOL);
  const reencoder = SNAPSHOT_PROTOCOL.createReencoder({ compressor });
  const found = readCapture(bytes).flatMap((item) => {
    const reencodings = isReencoded && item.type === "frame" ? reencoder.reencode(item.frame) : [];
    return finder.take(item, bytes.subarray(item.offset), reencodings);
  });
  return [...found, ...finder.atEnd()];
}

function withBytes(frame: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array {
  const changed = frame.slice();
  for (const [offset, byte] of Object.entries(changes)) changed[Number(offset)] = byte;
  new DataView(changed.buffer).setUint32(4, crc32(changed.subarray(8)), true);
  return changed;
}

/** The anchors of a Markdown file's headings, as GitHub makes them. */
function anchorsOf(path: string): Set<string> {
  const headings = readFileSync(root + path, "utf8").matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, text]) =>
      text!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

describe.each(CATALOGUE.filter(({ inspection }) => inspection !== undefined))("explanations of $name", (definition) => {
  const inspection = definition.inspection!;

  it("link to headings that exist", () => {
    const anchors = anchorsOf(inspection.specPath);
    const dead = inspection.explanations.filter(({ spec }) => !anchors.has(spec.anchor));
    expect(dead.map(({ code, spec }) => `${code}: ${spec.anchor}`)).toEqual([]);
  });

  it("name each code once, and say something in each place", () => {
    const codes = inspection.explanations.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const { title, receiver, spec } of inspection.explanations) {
      expect([title, receiver, spec.section].every((text) => text.length > 1)).toBe(true);
      expect(title.length).toBeLessThan(60);
    }
  });
});

describe("problems of snapshot captures", () => {
  it("every error code of the protocol is explained", () => {
    const codes = new Set(SNAPSHOT_PROTOCOL.inspection!.explanations.map(({ code }) => code));
    const missing = [...Object.keys(ERROR_CODES), "TRUNCATED"].filter((code) => !codes.has(code));
    expect(missing).toEqual([]);
  });

  it.each(VECTORS.filter(({ rows }) => rows.some(({ error }) => error !== undefined)))(
    "$name: each fault is a problem with its own explanation, at its place",
    ({ bytes, rows }) => {
      const problems = problemsIn(bytes);
      for (const { offset, error } of rows) {
        if (error === undefined) continue;
        const problem = problems.find((one) => one.offset === offset && one.code === error)!;
        expect(problem).toMatchObject({ severity: "error" });
        expect(problem.found + problem.expected).not.toBe("");
        expect(problem.receiver).not.toContain("not written down");
      }
    },
  );

  it("points into the frame at what is wrong", () => {
    const rangeOf = (name: string): unknown => problemsIn(vector(name).bytes)[0]!.range;
    expect(rangeOf("bad_crc")).toEqual({ start: 8, end: 6_194 });
    expect(rangeOf("bad_length_huge")).toEqual({ start: 0, end: 4 });
    expect(rangeOf("bad_type")).toEqual({ start: 10, end: 11 });
    expect(rangeOf("bad_flag_critical")).toEqual({ start: 11, end: 12 });
    const { bytes } = vector("bad_nan");
    const nan = rangeOf("bad_nan") as { start: number };
    expect(new DataView(bytes.buffer, bytes.byteOffset).getFloat32(nan.start, true)).toBeNaN();
  });

  it("says what was skipped, and where reading went on", () => {
    const good = vector("ack_stored").bytes;
    const noise = new Uint8Array(20).fill(0xee);
    const problems = problemsIn(new Uint8Array([...good, ...noise, ...good]));
    expect(problems.map(({ code }) => code)).toEqual(["FRAME_TOO_LARGE", "SKIPPED_BYTES", "REPEATED_MESSAGE"]);
    expect(problems[1]!.found).toBe(
      `20 bytes, ${good.length} to ${good.length + 20}; picked up at the next good frame`,
    );
  });

  it("notes what a decoder takes and is odd all the same", () => {
    const codes = (bytes: Uint8Array, isReencoded = false): string[] =>
      problemsIn(bytes, isReencoded).map(({ code }) => code);
    const ack = vector("ack_stored").bytes;
    expect(codes(vector("ok_flag_ignorable").bytes)).toEqual(["IGNORABLE_FLAG"]);
    expect(codes(vector("v1_3_extensions").bytes)).toContain("UNKNOWN_EXTENSION");
    expect(codes(vector("ack_refused").bytes)).toEqual(["REFUSED"]);
    expect(codes(vector("error").bytes)).toEqual(["ERROR_MESSAGE"]);
    expect(codes(withBytes(ack, { 9: 4 }))).toEqual(["NEWER_MINOR_VERSION"]);
    expect(codes(withBytes(ack, { 12: 9 }))).toEqual(["UNKNOWN_PLATFORM"]);
    expect(codes(new Uint8Array([...ack, ...withBytes(ack, { 12: 1 })]))).toEqual(["REUSED_ID"]);
    expect(codes(new Uint8Array([...ack, ...withBytes(ack, { 16: 1, 32: 0 })]))).toEqual(["TIME_WENT_BACK"]);
    expect(codes(withBytes(ack, { 13: 1 }), true)).toEqual(["NOT_CANONICAL"]);
    expect(problemsIn(withBytes(ack, { 13: 1 }), true)[0]!.range).toEqual({ start: 13, end: 14 });
  });

  it("points at extensions", () => {
    const { bytes } = vector("v1_3_extensions");
    let pointed = 0;
    for (const { range, offset, found, code } of problemsIn(bytes)) {
      if (code !== "UNKNOWN_EXTENSION" || range === undefined) continue;
      const tag = Number(/\d+/.exec(found)![0]);
      pointed++;
      expect(bytes[offset + range.start]! & 0x7f).toBe(tag & 0x7f);
    }
    expect(pointed).toBeGreaterThan(0);
  });

  it("finds missing, repeated and misplaced parts", () => {
    const frames = readCapture(vector("snapshot_segmented").bytes).map((item) =>
      item.type === "frame" ? item.frame.slice() : new Uint8Array(0),
    );
    const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(parts.flatMap((part) => [...part]));
    const codes = (parts: readonly Uint8Array[]): string[] => problemsIn(join(parts)).map(({ code }) => code);
    expect(codes(frames)).toEqual([]);
    expect(codes(frames.slice(1))).toEqual(["INCOMPLETE_SNAPSHOT"]);
    expect(codes([frames[1]!, frames[0]!, ...frames.slice(2)])).toContain("PART_OUT_OF_ORDER");
    expect(codes([...frames, ...frames])).toContain("DUPLICATE_SNAPSHOT");
    // A part once more under another id is in its place.
    expect(codes([frames[0]!, withBytes(frames[0]!, { 16: 1 }), ...frames.slice(1)])).toEqual([]);
  });

  it("has nothing to say of the good vectors but notes and warnings", () => {
    for (const { bytes, rows } of VECTORS) {
      if (rows.some(({ error }) => error !== undefined)) continue;
      expect(problemsIn(bytes, true).filter(({ severity }) => severity === "error")).toEqual([]);
    }
  });
});

it("a protocol without explanations has problems all the same", () => {
  const { inspection: _, ...bare } = SNAPSHOT_PROTOCOL;
  const problem = explained(bare as ProtocolDefinition, "SOMETHING", "a\u001b[2J", "b");
  expect(problem).toMatchObject({ severity: "error", title: "SOMETHING", expected: "b" });
  expect(problem.found).not.toContain("\u001b");
});
